"""Files to look at: pasted, handed over, or both."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from diagnostics.services.files import MOST_BYTES, MOST_FILES, TOO_MUCH, clients

NAMES = (
    ".env",
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".claude.json",
    ".mcp.json",
    "docker-compose.yml",
    "Dockerfile",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    "deployment.yaml",
    ".bashrc",
    "profile.ps1",
)
"""Offered as names; any other will do."""


class _Several(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class _Files(forms.FileField):
    """Several files of one field."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """The files that were handed over, none of them looked into yet."""
        given = data if isinstance(data, list) else [data] if data else []
        if len(given) > MOST_FILES:
            raise forms.ValidationError(f"Hand over at most {MOST_FILES} files at a time.")
        return [file for file in given if isinstance(file, UploadedFile)]


class FilesForm(forms.Form):
    """What was pasted is shown again as long as the form has a fault; what was handed over cannot be."""

    pasted = forms.CharField(
        label="The file's text",
        required=False,
        strip=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 12, "class": "mono", "autocomplete": "off", "spellcheck": "false"}),
        help_text="Nothing you paste is stored. Keys and passwords are masked before they are sent: their kind still tells enough.",
        error_messages={"max_length": TOO_MUCH},
    )
    name = forms.CharField(
        label="Its name",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "list": "file-names",
                "class": "mono",
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": ".env",
            }
        ),
        help_text="Tells what kind of file it is. Left empty, its content has to tell.",
    )
    given = _Files(
        label="Or files",
        required=False,
        widget=_Several(),
        help_text=f"Up to {MOST_FILES}, {MOST_BYTES // 1_000_000} MB in all.",
    )
    client = forms.ChoiceField(label="Read by", required=False, help_text="Whose rules count.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = self.fields["client"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", "any client"), *clients()]

    def clean(self) -> dict[str, Any]:
        """Something must be there, and not too much of it."""
        cleaned = super().clean() or {}
        files = cleaned.get("given") or []
        if not self.errors and not (cleaned.get("pasted") or "").strip() and not files:
            self.add_error("pasted", "Paste a file, such as .env or .claude/settings.json, or choose one.")
        if sum(file.size or 0 for file in files) + len(cleaned.get("pasted") or "") > MOST_BYTES:
            self.add_error("given", TOO_MUCH)
        return cleaned

    def texts(self) -> list[tuple[str, str]]:
        """(name, text) of everything that was given."""
        pasted = self.cleaned_data["pasted"].replace("\r\n", "\n")
        made = [(self.cleaned_data["name"], pasted)] if pasted.strip() else []
        return made + [_read(file) for file in self.cleaned_data["given"]]


def _read(file: UploadedFile[Any]) -> tuple[str, str]:
    """A file's name and text; one that is no text gives what can be read of it."""
    content = file.read()
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return file.name or "file", content.decode("utf-16" if wide else "utf-8", errors="replace").replace("\r\n", "\n")
