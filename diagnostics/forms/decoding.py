"""The box for an error, and what can be done with the answer."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from diagnostics.engine.vocabulary import CAUSES, PROBE_NAMES
from diagnostics.forms.boxes import BoxForm
from diagnostics.models import Environment


class TextForm(BoxForm):
    """One field for text and one for a file.

    The browser may complete the field: else it stands empty after Back, and what was pasted is lost.
    """

    pasted = forms.CharField(
        label="The error",
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 8,
                "class": "mono",
                "autocapitalize": "off",
                "spellcheck": "false",
                "placeholder": "Failed to connect to api.anthropic.com: …",
            }
        ),
    )
    file = forms.FileField(label="Or a file", required=False)


class CheckForm(forms.Form):
    """Where to check what a text suggests; codes of causes and probes come along, and the text where it is kept."""

    environment = forms.ModelChoiceField(Environment.objects.none(), label="Environment", empty_label=None)
    causes = forms.MultipleChoiceField(choices=[(code, code) for code in CAUSES], required=False)
    probes = forms.MultipleChoiceField(choices=[(name, name) for name in PROBE_NAMES], required=False)

    text = forms.UUIDField(required=False)

    def __init__(self, *args: object, environments: Sequence[Environment] = (), **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        known = Environment.objects.filter(pk__in=[one.pk for one in environments])
        self.fields["environment"].queryset = known  # type: ignore[attr-defined]
