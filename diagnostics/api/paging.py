"""Lists a page at a time, the newest first: what is asked, and how it is told. The same for every list of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db.models import Model
from ninja import Field, Schema
from pydantic import field_validator

from diagnostics.engine.vocabulary import CAUSES
from diagnostics.selectors import Page, is_cursor

Row = TypeVar("Row")
M = TypeVar("M", bound=Model)


class PageWanted(Schema):
    """Which rows, and from where on. What is wrong is told: a program that got the first page again would never end."""

    before: str = Field("", description="`next` of the page before")
    cause: str = Field("", description="The code of a cause, as /causes/ lists them")

    @field_validator("before")
    @classmethod
    def _of_a_page(cls, before: str) -> str:
        if before and not is_cursor(before):
            raise ValueError("write `next` of the page before as it was told, or leave it out for the first page")
        return before

    @field_validator("cause")
    @classmethod
    def _known(cls, cause: str) -> str:
        if cause and cause not in CAUSES:
            raise ValueError("write the code of a cause, such as key_rejected; /causes/ lists them")
        return cause


class PageOut(Schema, Generic[Row]):
    """A page of a list."""

    items: list[Row]
    next: str | None = Field(description="The `before` of the following page; null at the end")


def told(page: Page[M], row: Callable[[M], dict[str, Any]]) -> dict[str, Any]:
    """A page as the calls answer it."""
    return {"items": [row(one) for one in page.rows], "next": page.next}
