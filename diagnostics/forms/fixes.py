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
    """One value. Secrets are never shown, so their field starts empty or without what is secret in it.

    A field of that kind that is sent back as it came keeps what is stored.
    """

    value = forms.CharField(required=False, strip=False)
    remove = forms.BooleanField(label="Remove the stored key", required=False)

    def __init__(self, *args: Any, field: str, environment: Environment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept = {"proxy_url": environment.proxy_shown, "credential": ""}.get(field)
        model = EnvironmentForm(environment=environment)
        if field != "credential" or not environment.credential_shape:
            del self.fields["remove"]
        if field not in model.fields:
            self.fields["value"].disabled = True
            return
        self.fields["value"] = model.fields[field]
        self.fields["value"].label = _LABELS.get(field, model.fields[field].label)
        self.initial["value"] = model.initial.get(field, "")
        if "remove" in self.fields:
            shape = environment.credential_shape
            self.fields[
                "value"
            ].help_text = (
                f"Stored, encrypted and never shown: {shape}. Leave the field empty to keep it, or paste another key."
            )

    @property
    def changes(self) -> bool:
        """Whether anything else than what is stored was asked for."""
        return self.cleaned_data["value"] != self._kept or bool(self.cleaned_data.get("remove"))


class CannotForm(forms.Form):
    """Why a step cannot be done; whoever follows the case reads it."""

    reason = forms.CharField(
        label="Why not",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="One line, such as: I have no administrator rights. It stands in the case; keys and passwords are blacked out.",
        error_messages={"max_length": "Write at most 200 characters."},
    )
