"""A packet, ready to be shown as a page or written as text."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """One fact in words."""

    label: str
    value: str


@dataclass(frozen=True)
class Section:
    """Rows of facts, a table, or a block of text; exactly one of them holds something. ``shows`` names what is no rows."""

    title: str
    lead: str = ""
    lines: tuple[Line, ...] = ()
    head: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    block: str = ""
    shows: str = ""

    @property
    def cells(self) -> list[list[tuple[str, str]]]:
        """The table's rows, each cell with its column's heading."""
        return [list(zip(self.head, row, strict=True)) for row in self.table]


@dataclass(frozen=True)
class Host:
    """A line of the allow-list: ``need`` is must, should or optional."""

    name: str
    port: int
    need: str
    purpose: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Packet:
    """What a receiver gets. ``measured`` says when and from where; ``left_out`` are kinds the sender left out, in words."""

    receiver: str
    title: str
    to: str
    subject: str
    opening: str
    found: str
    sections: tuple[Section, ...]
    asks: tuple[str, ...]
    not_measured: tuple[str, ...]
    measured: str
    left_out: tuple[str, ...] = ()
    pem: str = ""
    hosts: tuple[Host, ...] = field(default=())
