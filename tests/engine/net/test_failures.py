"""One table from exceptions to words: it knows every class of our libraries, and never reads a message."""

from __future__ import annotations

import errno
import inspect
import socket
import ssl
from collections.abc import Iterator
from types import ModuleType

import h11
import httpcore
import httpx
import pytest

from diagnostics.engine.net.failures import CLASSES, STAGES, Failure, classify
from diagnostics.engine.vocabulary import FAILURES

BY_NUMBER = {ssl.SSLError, ssl.SSLCertVerificationError, socket.gaierror, OSError}


def classes(module: ModuleType) -> Iterator[type[BaseException]]:
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, Exception) and not issubclass(found, Warning) and not found.__name__.startswith("_"):
            yield found


@pytest.mark.parametrize("module", [httpx, httpcore, h11, ssl, socket], ids=lambda module: module.__name__)
def test_every_exception_a_library_can_bring_is_mapped(module: ModuleType) -> None:
    """When this fails, a library has a new exception: give it a word in ``failures.CLASSES``."""
    names = {
        f"{found.__module__.split('.')[0]}.{found.__name__}" for found in classes(module) if found not in BY_NUMBER
    }
    assert names - CLASSES.keys() - {"builtins.OSError"} == set()


@pytest.mark.parametrize("stage", STAGES)
def test_whatever_comes_becomes_a_word_of_the_vocabulary(stage: str) -> None:
    bare = [
        found.__new__(found)
        for module in (httpx, httpcore, h11, socket)
        for found in classes(module)
        if found is not OSError
    ]
    numbered = [OSError(number, "x") for number in errno.errorcode]
    names = [socket.gaierror(getattr(socket, name), "x") for name in dir(socket) if name.startswith("EAI_")]
    other = [ssl.SSLError(1, "x"), OSError("no number"), ValueError("x"), TimeoutError(), TimeoutError()]
    for error in (*bare, *numbered, *names, *other):
        assert classify(error, stage).word in FAILURES, repr(error)


def verification(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.reason = code, "CERTIFICATE_VERIFY_FAILED"
    return error


def spoken(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, "x")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "stage", "word"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "connect", "connect_refused"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "dns", "dns_unreachable"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "connect", "connect_reset"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "proxy", "proxy_closed"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "tls", "tls_reset"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "http", "http_reset"),
        (TimeoutError(), "connect", "connect_timeout"),
        (TimeoutError(), "tls", "tls_timeout"),
        (OSError(errno.ETIMEDOUT, "x"), "http", "http_timeout"),
        (OSError(errno.ENETUNREACH, "x"), "connect", "network_unreachable"),
        (OSError(errno.EHOSTUNREACH, "x"), "connect", "host_unreachable"),
        (OSError(errno.EADDRNOTAVAIL, "x"), "connect", "address_unavailable"),
        (PermissionError(errno.EPERM, "x"), "connect", "connect_prohibited"),
        (OSError(errno.EMFILE, "x"), "connect", "io_error"),
        (socket.gaierror(socket.EAI_NONAME, "x"), "dns", "dns_nxdomain"),
        (socket.gaierror(socket.EAI_NODATA, "x"), "dns", "dns_no_data"),
        (verification(20), "tls", "tls_unknown_authority"),
        (verification(18), "tls", "tls_self_signed"),
        (verification(10), "tls", "tls_expired"),
        (verification(9), "tls", "tls_not_yet_valid"),
        (verification(62), "tls", "tls_wrong_name"),
        (verification(26), "tls", "tls_bad_certificate"),
        (spoken("WRONG_VERSION_NUMBER"), "tls", "tls_not_tls"),
        (spoken("TLSV1_ALERT_PROTOCOL_VERSION"), "tls", "tls_version"),
        (spoken("SSLV3_ALERT_HANDSHAKE_FAILURE"), "tls", "tls_no_cipher"),
        (spoken("TLSV13_ALERT_CERTIFICATE_REQUIRED"), "http", "tls_client_certificate_required"),
        (spoken("TLSV1_ALERT_UNKNOWN_CA"), "tls", "tls_alert"),
        (spoken("UNEXPECTED_EOF_WHILE_READING"), "tls", "tls_closed"),
        (h11.RemoteProtocolError("x"), "http", "http_garbled"),
        (KeyError("x"), "http", "internal_error"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_same_condition_has_the_word_of_its_stage(error: Exception, stage: str, word: str) -> None:
    assert classify(error, stage).word == word


def test_the_cause_that_began_it_decides() -> None:
    outer = httpcore.ConnectError("certificate verify failed for https://user:secret@host")
    outer.__cause__ = Failure("tls_expired", "SSLCertVerificationError 10")
    assert classify(outer, "http").word == "tls_expired"


def test_what_merely_happened_before_does_not() -> None:
    outer = ConnectionResetError(errno.ECONNRESET, "x")
    outer.__context__ = ssl.SSLWantReadError()
    assert classify(outer, "tls").word == "tls_reset"


def test_no_message_reaches_the_detail() -> None:
    failure = classify(OSError(errno.ECONNREFUSED, "sk-ant-api03-secret"), "connect")
    assert failure.detail == "ConnectionRefusedError ECONNREFUSED"
    assert "secret" not in repr(classify(ValueError("secret"), "http"))


def test_a_chain_of_causes_that_bites_its_tail_ends() -> None:
    first, second = httpcore.ReadError("a"), httpcore.ReadError("b")
    first.__cause__, second.__cause__ = second, first
    assert classify(first, "http").word == "http_reset"
