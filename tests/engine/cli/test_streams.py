"""Standard streams that hold nobody: stopped readers, closed ones, small alphabets; and when colour is welcome."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterator, Mapping

import pytest

from diagnostics.engine.cli.streams import Outlet

BIG = b"x" * 300_000  # more than any pipe holds


@pytest.fixture
def pipe() -> Iterator[tuple[int, Outlet]]:
    """The end that reads, and an outlet on the other one."""
    ours, theirs = os.pipe()
    stream = open(theirs, "w", encoding="utf-8")  # noqa: SIM115  closed with the test process
    yield ours, Outlet(stream)
    os.set_blocking(ours, False)
    os.close(ours)


def test_what_is_written_arrives_in_order(pipe: tuple[int, Outlet]) -> None:
    ours, outlet = pipe
    outlet.text("Größe … ")
    outlet.data(b"42\n")
    assert outlet.settle(2)
    assert os.read(ours, 100).decode() == "Größe … 42\n"


def test_a_reader_that_has_stopped_holds_nobody(pipe: tuple[int, Outlet]) -> None:
    began = time.monotonic()
    pipe[1].data(BIG)
    assert not pipe[1].settle(0.3)
    assert 0.25 < time.monotonic() - began < 20  # or for ever
    assert not pipe[1].gone


def test_waiting_for_a_reader_ends_when_the_end_is_asked_for(pipe: tuple[int, Outlet]) -> None:
    began = time.monotonic()
    pipe[1].data(BIG)
    assert not pipe[1].settle(60, lambda: time.monotonic() - began > 0.2)
    assert time.monotonic() - began < 20  # or sixty


def test_a_reader_that_has_gone_is_noticed_before_and_after_a_write() -> None:
    ours, theirs = os.pipe()
    with open(theirs, "w", encoding="utf-8") as stream:
        outlet = Outlet(stream)
        assert not outlet.gone
        os.close(ours)
        assert outlet.gone
        outlet.data(b"x")
        assert not outlet.settle(2)
        assert isinstance(outlet.problem, BrokenPipeError)


def test_a_stream_that_somebody_has_set_to_refuse_is_tried_again(pipe: tuple[int, Outlet]) -> None:
    ours, outlet = pipe
    os.set_blocking(outlet._stream.fileno(), False)  # type: ignore[union-attr]
    outlet.data(BIG)
    got = b""
    while len(got) < len(BIG):
        got += os.read(ours, 65536)
    assert outlet.settle(2)


def test_a_closed_stream_takes_anything_and_keeps_nothing() -> None:
    outlet = Outlet(None)
    outlet.text("gone")
    assert (outlet.settle(0.1), outlet.terminal, outlet.gone) == (False, False, True)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "“名” … → ü"), ("latin-1", '"?" ... -> ü'), ("ascii", '"?" ... -> ?'), ("cp1252", '"?" ... -> ü')],
)
def test_an_alphabet_that_lacks_a_character_gets_the_nearest(encoding: str, shown: str) -> None:
    ours, theirs = os.pipe()
    with open(theirs, "w", encoding=encoding) as stream:
        outlet = Outlet(stream)
        outlet.text("“名” … → ü")
        assert outlet.settle(2)
    assert os.read(ours, 100).decode(encoding) == shown
    os.close(ours)


def test_a_stream_of_text_alone_will_do() -> None:
    made = io.StringIO()
    outlet = Outlet(made)
    outlet.text("Größe")
    assert outlet.settle(2)
    assert made.getvalue() == "Größe"


class Terminal(io.StringIO):
    """Somebody looks at it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "at_terminal", "elsewhere"),
    [
        ({"TERM": "xterm"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({}, False, False),
        ({"TERM": "xterm", "CLICOLOR": "0"}, False, False),
        ({"TERM": "xterm", "FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"CLICOLOR_FORCE": "1"}, True, True),
        ({"CLICOLOR_FORCE": "0", "TERM": "xterm"}, True, False),
    ],
)
def test_colour_is_there_when_it_is_welcome(environ: Mapping[str, str], at_terminal: bool, elsewhere: bool) -> None:
    assert Outlet(Terminal()).colourful(environ) is at_terminal
    assert Outlet(io.StringIO()).colourful(environ) is elsewhere


@pytest.mark.parametrize(
    ("environ", "moves"),
    [({"TERM": "xterm"}, True), ({"WT_SESSION": "1"}, True), ({}, False), ({"TERM": "dumb"}, False)],
)
def test_an_old_windows_console_gets_no_escapes(
    monkeypatch: pytest.MonkeyPatch, environ: Mapping[str, str], moves: bool
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert Outlet(Terminal()).moves(environ) is moves


@pytest.mark.parametrize(
    ("columns", "width"), [("", 80), ("20", 40), ("72", 72), ("500", 100), ("0", 80), ("-3", 80), ("wide", 80)]
)
def test_text_is_as_wide_as_told_within_bounds(columns: str, width: int) -> None:
    assert Outlet(io.StringIO()).width({"COLUMNS": columns}) == width


def test_text_is_as_wide_as_its_terminal() -> None:
    ours, theirs = os.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 61, 0, 0))
    with open(theirs, "w", encoding="utf-8") as stream:
        assert Outlet(stream).width({}) == 61
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
        assert Outlet(stream).width({}) == 80
    os.close(ours)
