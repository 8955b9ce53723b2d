"""What a request brings besides its fields: files are taken only by the pages that are made for them."""

from __future__ import annotations

from typing import Any, Protocol

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

_DRAINED = 64_000_000  # bytes of a refused body that are read and dropped: unread ones would cut the connection before the answer
_PIECE = 65_536


class Readable(Protocol):
    """A request, or its body."""

    def read(self, size: int, /) -> bytes: ...


class NoFiles(FileUploadHandler):
    """The handler of every page that asks for no file.

    Django reads a form before the view, the token's check and the sign-in, and would write each file to the disk by then. So a
    file is passed over as it comes, and of a body that only a file could make so long nothing is taken: not even its token.
    An error would be raised once more by the page that tells it, since Django looks for the token there, too.
    """

    def handle_raw_input(
        self,
        input_data: Readable,
        META: Any,
        content_length: int,
        *rest: Any,
        **named: Any,
    ) -> tuple[QueryDict, MultiValueDict[str, Any]] | None:
        """The form without anything in it, or None where its parts are to be read."""
        if content_length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return None
        drain(input_data)
        return QueryDict(), MultiValueDict()

    def new_file(self, *about: Any, **named: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Nothing comes here: every file is skipped."""

    def file_complete(self, file_size: int) -> None:
        """There is none."""


def drain(body: Readable) -> None:
    """Read what is left of a refused body and drop it, within reason."""
    left = _DRAINED
    while left > 0 and (read := len(body.read(min(left, _PIECE)))):
        left -= read
