"""What a service refused, told in the form that asked for it."""

from __future__ import annotations

from django import forms

from diagnostics.exceptions import InvalidInput, Problem


def tell(form: forms.BaseForm, refused: Problem) -> None:
    """Each sentence at its field, what belongs to none above the form; what was typed stays."""
    sentences = refused.errors if isinstance(refused, InvalidInput) else {"": str(refused)}
    for name, sentence in sentences.items():
        form.add_error(name if name in form.fields else None, sentence)
