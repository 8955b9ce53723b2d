"""What people write into a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from diagnostics.engine import library
from diagnostics.engine.vocabulary import CAUSES, HEALTHY, SIDES, UNKNOWN
from diagnostics.models import Environment
from diagnostics.services.case_words import title_of

_LONGEST = 10_000
_LONGEST_WHY = 2_000
_SIDES = {
    "client": "This machine's configuration",
    "network": "The network in between",
    "provider": "The provider or the account",
    "request": "The request",
}
_MARKDOWN = "Markdown. Keys and passwords are blacked out."


def cause_choices() -> list[tuple[str, Any]]:
    """Not known yet, then every fault by who can change it, by its title."""
    known = library.load().causes
    groups: list[tuple[str, Any]] = [(UNKNOWN, title_of(UNKNOWN))]
    for side in SIDES:
        codes = (code for code in CAUSES if code in known and known[code].side == side and code != HEALTHY)
        groups.append((_SIDES[side], sorted(((code, title_of(code)) for code in codes), key=lambda one: one[1])))
    return groups


class _Prose(forms.Textarea):
    """Sentences. A line's end is sent as two characters and counted by the browser, and so by us, as one."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        typed = super().value_from_datadict(data, files, name)
        return typed.replace("\r\n", "\n") if isinstance(typed, str) else typed


def _prose(rows: int) -> forms.Textarea:
    return _Prose(attrs={"rows": rows, "class": "prose"})


def _too_long(most: int) -> str:
    return f"Write at most {most} characters."


class NoteForm(forms.Form):
    """A note in the timeline."""

    text = forms.CharField(
        label="Note",
        max_length=_LONGEST,
        widget=_prose(3),
        help_text=f"What you saw, tried or asked for. {_MARKDOWN}",
        error_messages={"required": "Write what you saw or tried.", "max_length": _too_long(_LONGEST)},
    )


class CloseForm(forms.Form):
    """The end of a case."""

    what_it_was = forms.CharField(
        label="What it was",
        required=False,
        max_length=_LONGEST,
        widget=_prose(2),
        help_text="Where the cause's name does not say it all: which proxy, whose key, since when.",
        error_messages={"max_length": _too_long(_LONGEST)},
    )
    what_fixed = forms.CharField(
        label="What fixed it",
        max_length=_LONGEST,
        widget=_prose(2),
        help_text="One sentence. Whoever meets this cause next reads it first.",
        error_messages={
            "required": "Say in a sentence what fixed it: it helps the next person.",
            "max_length": _too_long(_LONGEST),
        },
    )


class TitleForm(forms.Form):
    """What a case is called."""

    title = forms.CharField(
        label="Title",
        max_length=200,
        help_text="What is wrong, as a colleague would say it.",
        error_messages={"required": "Say in a few words what is wrong.", "max_length": _too_long(200)},
    )


class CauseForm(forms.Form):
    """It was something else."""

    cause = forms.ChoiceField(
        label="What it was",
        error_messages={
            "required": "Choose a cause from the list, or that it is not known.",
            "invalid_choice": "Choose a cause from the list, or that it is not known.",
        },
    )
    why = forms.CharField(
        label="How you know",
        max_length=_LONGEST_WHY,
        widget=_prose(3),
        help_text="What you saw that speaks for it. Others decide by it whom to believe.",
        error_messages={
            "required": "Say in a sentence how you know: others decide by it whom to believe.",
            "max_length": _too_long(_LONGEST_WHY),
        },
    )

    def __init__(self, *args: Any, healthy: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        nothing = [(HEALTHY, "Nothing was wrong")] if healthy else []
        self.fields["cause"].choices = [*cause_choices()[:1], *nothing, *cause_choices()[1:]]  # type: ignore[attr-defined]


class NewCaseForm(TitleForm):
    """A case that no run has opened; `run` and `text` come along where it begins with one. A run brings its environment."""

    environment = forms.ModelChoiceField(
        Environment.objects.none(),
        label="Environment",
        required=False,
        empty_label="None of them, or several",
        error_messages={"invalid_choice": "Choose one of the team's environments, or none."},
    )
    cause = forms.ChoiceField(
        label="Cause",
        initial=UNKNOWN,
        error_messages={"invalid_choice": "Choose a cause from the list, or that it is not known yet."},
    )
    note = forms.CharField(
        label="First note",
        required=False,
        max_length=_LONGEST,
        widget=_prose(4),
        help_text=f"What you know so far: since when, who else, what was tried. {_MARKDOWN}",
        error_messages={"max_length": _too_long(_LONGEST)},
    )
    run = forms.UUIDField(required=False, widget=forms.HiddenInput)
    text = forms.UUIDField(required=False, widget=forms.HiddenInput)

    field_order = ("title", "environment", "cause", "note", "run", "text")

    def __init__(self, *args: Any, environments: Sequence[Environment] | None = None, **options: Any) -> None:
        """`environments` to choose from; None: there is no choice."""
        super().__init__(*args, **options)
        if environments is None:
            del self.fields["environment"]
        else:
            known = Environment.objects.filter(pk__in=[one.pk for one in environments]).order_by("name")
            self.fields["environment"].queryset = known  # type: ignore[attr-defined]
        self.fields["cause"].choices = cause_choices()  # type: ignore[attr-defined]
