"""Who is in a team."""

from __future__ import annotations

from django import forms

from diagnostics.models import Role


class MemberForm(forms.Form):
    """A person to add."""

    email = forms.EmailField(
        label="E-mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Write the e-mail address of the person.",
            "invalid": "Write an e-mail address such as ada@example.com.",
        },
    )
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.MEMBER)


class TeamForm(forms.Form):
    """A team's name."""

    name = forms.CharField(
        label="Name of the team",
        max_length=80,
        error_messages={"required": "Give the team a name.", "max_length": "Write at most 80 characters."},
    )
