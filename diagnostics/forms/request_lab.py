"""The box for a request."""

from __future__ import annotations

from django import forms

from diagnostics.forms.boxes import BoxForm
from diagnostics.services import request_lab


class RequestForm(BoxForm):
    """A text, which of its requests, and the protocol to judge it by."""

    pasted = forms.CharField(
        label="The request",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 12,
                "class": "mono",
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
                "placeholder": '{"model": "claude-…", "max_tokens": 1024, "messages": [ … ]}',
            }
        ),
    )
    chosen = forms.IntegerField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput())
    protocol = forms.ChoiceField(label="Judge it as", required=False, widget=forms.Select(attrs={"class": "inline"}))

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        choices = [("", "what it looks like"), *request_lab.protocols()]
        self.fields["protocol"].choices = choices  # type: ignore[attr-defined]
