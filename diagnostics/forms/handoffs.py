"""Handing a packet to somebody outside the team, and their answer."""

from __future__ import annotations

from typing import Any

from django import forms

from diagnostics.models import HandOff
from diagnostics.services.handoffs import NAME_MOST, NOTE_MOST

_DAYS = ((1, "1 day"), (7, "7 days"), (30, "30 days"), (90, "90 days"))
_TOO_LONG = "Write at most {} characters."


class HidesForm(forms.Form):
    """What of a packet is left out."""

    hides = forms.MultipleChoiceField(
        label="Leave out",
        choices=HandOff.Hides.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose what to leave out from the list."},
    )

    def __init__(self, *args: Any, describes_key: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not describes_key:  # it is never in such a packet
            self.fields["hides"].choices = [  # type: ignore[attr-defined]
                one for one in HandOff.Hides.choices if one[0] != HandOff.Hides.CREDENTIAL
            ]


class HandOffForm(HidesForm):
    """A link to a packet."""

    note = forms.CharField(
        label="Your words to them",
        required=False,
        max_length=NOTE_MOST,
        widget=forms.Textarea(attrs={"rows": 2, "class": "prose"}),
        help_text="They stand above the packet. Keys and passwords are blacked out.",
        error_messages={"max_length": _TOO_LONG.format(NOTE_MOST)},
    )
    days = forms.TypedChoiceField(
        label="The link works for",
        choices=_DAYS,
        coerce=int,
        initial=30,
        error_messages={"invalid_choice": "Choose 1, 7, 30 or 90 days.", "required": "Choose 1, 7, 30 or 90 days."},
    )
    field_order = ("note", "hides", "days")


class ChangedForm(forms.Form):
    """What a receiver says when they changed something."""

    note = forms.CharField(
        label="What you changed",
        required=False,
        max_length=NOTE_MOST,
        widget=forms.Textarea(attrs={"rows": 2, "class": "prose"}),
        error_messages={"max_length": _TOO_LONG.format(NOTE_MOST)},
    )
    by = forms.CharField(
        label="Your name",
        required=False,
        max_length=NAME_MOST,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"max_length": _TOO_LONG.format(NAME_MOST)},
    )
