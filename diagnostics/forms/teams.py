"""Who is in a team."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from diagnostics.models import Invitation, Membership, Role, User
from diagnostics.services.invitations import DAYS

_ADDRESS_INVALID = "Write an e-mail address such as ada@example.com."


class InvitationForm(forms.Form):
    """Somebody to invite."""

    email = forms.EmailField(
        label="E-mail address",
        required=False,
        help_text="Leave it empty, and whoever holds the link comes in, once.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": _ADDRESS_INVALID},
    )
    role = forms.ChoiceField(label="Role", initial=Role.MEMBER)
    days = forms.TypedChoiceField(
        label="Open for",
        coerce=int,
        initial=7,
        choices=[(days, f"{days} day{'s' * (days > 1)}") for days in DAYS],
        error_messages={"invalid_choice": "Choose how long it stays open."},
    )

    def __init__(self, *args: Any, roles: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        self.fields["role"].error_messages["invalid_choice"] = "Choose one of the roles."


class TeamForm(forms.Form):
    """A team's name."""

    name = forms.CharField(
        label="Name of the team",
        max_length=80,
        error_messages={"required": "Give the team a name.", "max_length": "Write at most 80 characters."},
    )


class OwnershipForm(forms.Form):
    """Hands a team to another member."""

    member = forms.ModelChoiceField(
        label="New owner",
        queryset=Membership.objects.none(),
        empty_label="Choose a member",
        error_messages={"required": "Choose a member.", "invalid_choice": "Choose a member of this team."},
    )
    typed_name = forms.CharField(
        label="Name of the team, to be sure",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Write the team's name."},
    )

    def __init__(self, *args: Any, place: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Membership.objects.filter(team=place.team_id).exclude(pk=place.pk).select_related("user")
        member: Any = self.fields["member"]
        member.queryset = others.order_by("joined_at", "id")
        member.label_from_instance = lambda one: f"{one.user} ({one.get_role_display().lower()})"


class JoinForm(forms.Form):
    """An account for somebody who was invited."""

    email = forms.EmailField(
        label="E-mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={"required": "Write your e-mail address.", "invalid": _ADDRESS_INVALID},
    )
    name = forms.CharField(
        label="Name",
        max_length=150,
        help_text="What the others in the team see.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Write your name.", "max_length": "Write at most 150 characters."},
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters. A few words in a row are easy to remember and hard to guess.",
        error_messages={"required": "Write the password you want to use."},
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if invitation.email:
            self.fields["email"].initial = invitation.email
            self.fields["email"].disabled = True

    def clean(self) -> dict[str, Any]:
        """Hold the password to the validators of the settings, which also look at the name and address."""
        cleaned = super().clean() or {}
        person = User(email=cleaned.get("email", ""), first_name=cleaned.get("name", ""))
        if "password" in cleaned:
            try:
                validate_password(cleaned["password"], person)
            except forms.ValidationError as refused:
                self.add_error("password", refused)
        return cleaned
