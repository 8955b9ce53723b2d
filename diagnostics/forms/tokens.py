"""A new token: for what, for which team, for how long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from diagnostics.models import AccessToken, Environment, Membership, Team
from diagnostics.services.tokens import NEEDS

DAYS = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "1 year"))
_NO_DAYS = "Choose 7, 30, 90 or 365 days."
_WATCHED = "A token that answers for an environment needs one that is run on its own machine."


def _told(place: Membership) -> str:
    """The team's name, and where its runs are not for this person, so that nobody asks for a scope there in vain."""
    runs = place.allows(NEEDS[AccessToken.Scope.RUN])
    return place.team.name if runs else f"{place.team.name} (there you are {place.get_role_display().lower()})"


class DaysForm(forms.Form):
    """How long a token lives."""

    days = forms.TypedChoiceField(
        label="Works for",
        choices=DAYS,
        coerce=int,
        initial=90,
        error_messages={"invalid_choice": _NO_DAYS, "required": _NO_DAYS},
    )


class TokenForm(DaysForm):
    """Everything of a token. ``places`` and ``environments`` are what the person may choose from; a scope that they may have in
    none of these teams is not offered.
    """

    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="What will use it, such as “nightly build”: so that you know later what you revoke.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say what will use the token.", "max_length": "Write at most 80 characters."},
    )
    team = forms.ChoiceField(
        label="Team", error_messages={"invalid_choice": "Choose one of your teams.", "required": "Choose a team."}
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        widget=forms.CheckboxSelectMultiple,
        initial=[AccessToken.Scope.READ],
        error_messages={
            "required": "Choose at least one thing that the token may do.",
            "invalid_choice": "Choose what the token may do from the list.",
        },
    )
    environment = forms.ChoiceField(
        label="Only for",
        required=False,
        error_messages={"invalid_choice": "Choose an environment from the list."},
    )

    field_order = ("name", "team", "scopes", "environment", "days")

    def __init__(
        self, *args: Any, places: Sequence[Membership], environments: Sequence[Environment], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._teams: dict[str, Team] = {str(place.team_id): place.team for place in places}
        self._environments = {str(one.pk): one for one in environments}
        self.fields["team"].choices = [(str(place.team_id), _told(place)) for place in places]  # type: ignore[attr-defined]
        offered = [scope for scope in AccessToken.Scope if any(place.allows(NEEDS[scope]) for place in places)]
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in offered]  # type: ignore[attr-defined]
        watched = AccessToken.Scope.WATCH in offered
        self.fields["environment"].help_text = _WATCHED if watched else ""
        groups = [
            (team.name, [(key, one.name) for key, one in self._environments.items() if one.team_id == team.pk])
            for team in self._teams.values()
        ]
        whole = [("", "everything of the team")]
        self.fields["environment"].choices = whole + [group for group in groups if group[1]]  # type: ignore[attr-defined]

    @property
    def chosen_team(self) -> Team:
        """The chosen team, of a valid form."""
        return self._teams[self.cleaned_data["team"]]

    @property
    def chosen_environment(self) -> Environment | None:
        """The chosen environment, of a valid form."""
        return self._environments.get(self.cleaned_data["environment"])
