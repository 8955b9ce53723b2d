"""POST /api/v1/files/check: what is wrong with some files, without an account. Nothing of them is stored or logged."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.decorators import decorate_view

from diagnostics.api import limits
from diagnostics.api.uploads import Refused
from diagnostics.engine.scan.telling import as_data
from diagnostics.services import files

router = Router(tags=["files"])


class FileIn(Schema):
    """One file. Keys in it may be masked; their kind still tells enough."""

    name: str = Field(
        "", max_length=200, description="Tells what kind of file it is; left out, its content has to tell"
    )
    content: str


class FilesIn(Schema):
    """Some files, and whose rules count."""

    files: list[FileIn] = Field(min_length=1, max_length=files.MOST_FILES)
    client: str = Field("", description="Such as claude-code; left out, any client")


class FindingOut(Schema):
    """One thing that is wrong, as `probe.pyz scan --json` tells it."""

    code: str
    level: str = Field(description="problem, warning or info")
    file: str
    line: int
    title: str
    says: str
    why: str
    fix: str
    cause: str | None = Field(description="The code of the cause whose page helps")
    corrected: str | None = Field(description="The whole line as it should be, where that is certain")
    fingerprint: str | None
    commit: str | None
    identity: str = Field(description="The same as long as the finding is, also when lines move")


class FilesOut(Schema):
    """What was found, file by file in their order, and what only the files' own machine can tell."""

    findings: list[FindingOut]
    not_checked: list[str]


_REFUSALS = frozenset({400, 413, 422, 429})


@router.post("files/check", auth=None, response={200: FilesOut, _REFUSALS: Refused}, operation_id="check_files")
@decorate_view(limits.guarded(limits.TEXTS))
def check(request: HttpRequest, payload: FilesIn) -> tuple[int, dict[str, Any]]:
    """Look for settings that cannot work and for keys that lie open."""
    if payload.client and payload.client not in dict(files.clients()):
        return 422, {
            "detail": f"client: write one of {', '.join(name for name, _ in files.clients())}, or leave it out."
        }
    if sum(len(one.content) for one in payload.files) > files.MOST_BYTES:
        return 413, {"detail": files.TOO_MUCH}
    checked = files.check([(one.name, one.content) for one in payload.files], payload.client or None)
    return 200, {"findings": [as_data(found) for one in checked for found in one.found], "not_checked": files.NOT_HERE}
