"""What every template may use."""

from __future__ import annotations

from django.http import HttpRequest


def csp_nonce(request: HttpRequest) -> dict[str, object]:
    """`csp_nonce`, under the name that django-htmx's script tag looks for."""
    return {"csp_nonce": getattr(request, "csp_nonce", "")}
