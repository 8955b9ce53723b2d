"""Showing a report to people without an account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from diagnostics.models import ShareLink

PUBLIC = "public"
VISIBLE = ((1, "By a link, for 1 day"), (7, "By a link, for 7 days"), (30, "By a link, for 30 days"), (90, "By a link, for 90 days"),
           (PUBLIC, "Public: by a link without an end"))  # fmt: skip
_CHOOSE = "Choose 1, 7, 30 or 90 days, or public."


def _days(text: Any) -> int | str:
    return PUBLIC if text == PUBLIC else int(text)


class ShareForm(forms.Form):
    """How long a link lives and what its readers do not see. `seal` proves that the preview was seen."""

    days = forms.TypedChoiceField(
        label="Visible",
        choices=VISIBLE,
        coerce=_days,
        initial=7,
        help_text="The preview shows exactly what they would see. Public goes by the preview alone. Every link can be revoked at once.",
        error_messages={"invalid_choice": _CHOOSE, "required": _CHOOSE},
    )
    hides = forms.MultipleChoiceField(
        label="Leave out",
        choices=ShareLink.Hides.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=[ShareLink.Hides.NAMES],
        error_messages={"invalid_choice": "Choose what to leave out from the list."},
    )
    card_tells = forms.BooleanField(
        label="Let link previews in chats name what the report shows",
        required=False,
        help_text="Else the preview's title and text name no host, address or person, whatever the report shows.",
    )
    seal = forms.CharField(required=False, widget=forms.HiddenInput)

    def asked(self) -> str:
        """What was chosen, as the query of an address."""
        chosen = self.cleaned_data
        return as_query(chosen["days"], chosen["hides"], chosen["card_tells"])


def as_query(days: Any, hides: Iterable[str], card_tells: bool) -> str:
    """A choice as the query of the form's address or of its preview's; without `days` where nobody chose any."""
    pairs = [("days", str(days))] if days else []
    return urlencode([*pairs, *(("hides", kind) for kind in hides), *([("card_tells", "on")] if card_tells else [])])


def from_query(query: QueryDict) -> dict[str, Any]:
    """The form's first values as an address names them; none where it names nothing, so that the form's own hold."""
    known = {str(days): days for days, _ in VISIBLE}
    if not {"days", "hides", "card_tells"} & set(query):
        return {}
    days = known.get(query.get("days", ""))
    hides = [kind for kind in query.getlist("hides") if kind in ShareLink.Hides.values]
    return {"hides": hides, "card_tells": bool(query.get("card_tells"))} | ({"days": days} if days else {})
