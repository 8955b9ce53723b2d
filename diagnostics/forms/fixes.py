"""The field of a registered environment that a wizard's step edits, alone on its page."""

from __future__ import annotations

from typing import Any

from django import forms

from diagnostics.forms.environments import EnvironmentForm
from diagnostics.models import Environment

_LABELS = {
    "proxy_url": "Proxy of this environment",
    "base_url": "Base URL of this environment",
    "credential": "Key of this environment",
}


class FixForm(forms.Form):
    """One value. Secrets are never shown, so their field starts empty or without what is secret in it."""

    value = forms.CharField(required=False, strip=False)

    def __init__(self, *args: Any, field: str, environment: Environment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model = EnvironmentForm(environment=environment)
        if field not in model.fields:
            self.fields["value"].disabled = True
            return
        self.fields["value"] = model.fields[field]
        self.fields["value"].label = _LABELS.get(field, model.fields[field].label)
        self.initial["value"] = model.initial.get(field, "")
