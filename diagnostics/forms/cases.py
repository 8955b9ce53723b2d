"""What people write into a case."""

from __future__ import annotations

from django import forms

_LONGEST = 10_000


class NoteForm(forms.Form):
    """A note in the timeline."""

    text = forms.CharField(
        label="Note",
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "class": "prose"}),
        help_text="What you saw, tried or asked for. Keys and passwords are blacked out.",
        error_messages={
            "required": "Write what you saw or tried.",
            "max_length": f"Write at most {_LONGEST} characters.",
        },
    )


class CloseForm(forms.Form):
    """The end of a case."""

    what_fixed = forms.CharField(
        label="What fixed it",
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2, "class": "prose"}),
        help_text="One sentence. Whoever meets this cause next reads it first.",
        error_messages={
            "required": "Say in a sentence what fixed it: it helps the next person.",
            "max_length": f"Write at most {_LONGEST} characters.",
        },
    )
