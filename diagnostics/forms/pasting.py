"""The block of text that a machine's probe printed."""

from __future__ import annotations

from typing import Self

from django import forms

from diagnostics.engine.pasting import MOST_CHARACTERS

_WHAT = "Paste everything from the line with BEGIN to the line with END. Quotation marks, blanks and line breaks of a mail do no harm."


class PasteForm(forms.Form):
    """One field. What was refused is not shown again: it may hold what should not have been sent."""

    pasted = forms.CharField(
        label="Report",
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 12, "class": "mono", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_WHAT,
        error_messages={
            "required": "Paste the report: what `probe.pyz --paste` prints, or its JSON.",
            "max_length": "This text is too long to be a report.",
        },
    )

    @classmethod
    def refused(cls, sentence: str) -> Self:
        """The empty form with what was wrong with what stood in it."""
        form = cls({"pasted": ""})
        form.full_clean()
        form.errors.clear()
        form.add_error("pasted", sentence)
        return form
