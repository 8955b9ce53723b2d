"""How long data stays, what comes in, what goes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from django import forms
from django.core.files.uploadedfile import UploadedFile

from diagnostics.services.importing import LONGEST_LINE
from diagnostics.services.retention import CHOICES

LARGEST_FILE = 8_000_000  # bytes of an upload; a larger one would keep the page waiting for minutes
TOO_LARGE = "This file is over 8 MB: let an operator run manage.py import_team with it."
MOST_UNPACKED = 300_000_000  # bytes


class KeepForm(forms.Form):
    """How long runs are kept."""

    keep_days = forms.TypedChoiceField(
        label="Keep runs",
        choices=[("ever", "for ever"), *((str(days), f"for {days} days") for days in CHOICES)],
        coerce=lambda chosen: None if chosen == "ever" else int(chosen),
        help_text="Runs of cases, wizards and open share links stay, and so does each environment's last healthy run.",
        error_messages={"invalid_choice": "Choose one of the times in the list.", "required": "Choose how long."},
    )


class ImportForm(forms.Form):
    """An export to make a team from."""

    file = forms.FileField(
        label="The export",
        help_text="A file that ends with .jsonl or .jsonl.gz, up to 8 MB. Larger ones: manage.py import_team on the server.",
        error_messages={
            "required": "Choose the file that an export gave you.",
            "empty": "This file is empty: fetch the export again.",
        },
    )

    def clean_file(self) -> UploadedFile[Any]:
        """The file, unread; its length is looked at."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(TOO_LARGE)
        return file


class NameForm(forms.Form):
    """The name of what is deleted, typed by hand."""

    name = forms.CharField(
        label="Its name",
        max_length=200,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Type its name to say that you mean it."},
    )


def lines_of(file: BinaryIO, most: int | None = None) -> Iterator[bytes]:
    """The lines of an export, packed by gzip or not; ValueError where it does not unpack or is longer than `most` bytes."""
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    source: Any = gzip.GzipFile(fileobj=file) if packed else file
    read = 0
    try:
        while line := source.readline(LONGEST_LINE + 1):
            read += len(line)
            if most is not None and read > most:
                raise ValueError("Unpacked it is over 300 MB: let an operator run manage.py import_team with it.")
            yield line
    except (OSError, EOFError, zlib.error):
        raise ValueError("This file does not unpack: fetch the export again.") from None
