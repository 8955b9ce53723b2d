"""The token of a machine's run: shown to whoever started it, kept in that browser alone.

The server stores its digest only, so the token travels in a cookie that goes to the one page that shows it.
"""

from __future__ import annotations

import shlex

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from diagnostics.models import Run
from diagnostics.services import runs
from diagnostics.views import reports

_SHOWN_SECONDS = 86_400


def keep(response: HttpResponse, run: Run, token: str | None, page: str) -> None:
    """Hand the token to the browser, for `page` alone; nothing where the run needs none."""
    if token:
        response.set_cookie(
            _cookie(run), token, max_age=_SHOWN_SECONDS, path=page, secure=settings.HTTPS, httponly=True, samesite="Lax"
        )


def command_for(request: HttpRequest, run: Run | None) -> dict[str, str] | None:
    """The lines that make this run on its machine, None unless it waits and this browser has its token."""
    if run is None or run.status != Run.Status.WAITING:
        return None
    token = request.COOKIES.get(_cookie(run), "")
    if not token or runs.token_sha256(token) != run.upload_token_sha256:
        return None
    windows = _is_windows(request, run)
    words = ["py" if windows else "python3", "probe.pyz"]
    words += ["--upload", settings.PUBLIC_URL, "--token", token, "--run", str(run.pk)]
    return {"fetch": reports.fetch_command(windows), "run": shlex.join(words + reports.client_words(run.snapshot))}


def _is_windows(request: HttpRequest, run: Run) -> bool:
    """As it was chosen for the environment; where nobody chose, whoever started the run likely sits at its machine."""
    chosen = run.environment.lines_system
    return chosen == "windows" if chosen else "Windows" in request.headers.get("User-Agent", "")


def _cookie(run: Run) -> str:
    """A name for each run, since a page's cookies go to the pages below it too."""
    return f"upload-{run.pk.hex}"
