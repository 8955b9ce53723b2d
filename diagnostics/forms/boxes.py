"""What the boxes for pasted texts share."""

from __future__ import annotations

from typing import Self

from django import forms


class BoxForm(forms.Form):
    """A form around the field `pasted`. What it shows again is always masked."""

    @classmethod
    def holding(cls, text: str, sentence: str = "", **more: str) -> Self:
        """The box with this text in it, and with what is wrong with it if anything is; `more`: other fields."""
        form = cls({"pasted": text, **more})
        form.full_clean()
        if sentence:
            form.add_error("pasted", sentence)
        return form
