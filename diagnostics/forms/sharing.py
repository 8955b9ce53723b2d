"""Showing a report to people without an account."""

from __future__ import annotations

from django import forms

from diagnostics.models import ShareLink

DAYS = ((1, "1 day"), (7, "7 days"), (30, "30 days"), (90, "90 days"))


class ShareForm(forms.Form):
    """How long a link lives and what its readers do not see."""

    days = forms.TypedChoiceField(
        label="Works for",
        choices=DAYS,
        coerce=int,
        initial=7,
        error_messages={"invalid_choice": "Choose 1, 7, 30 or 90 days.", "required": "Choose 1, 7, 30 or 90 days."},
    )
    hides = forms.MultipleChoiceField(
        label="Leave out",
        choices=ShareLink.Hides.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=[ShareLink.Hides.NAMES],
        error_messages={"invalid_choice": "Choose what to leave out from the list."},
    )
