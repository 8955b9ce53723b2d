"""From an exception to a closed failure word: by type, number and OpenSSL reason, never by message text.

A message may hold a secret, differs by version and by language, and cannot be matched in knowledge files.
Everything in ``engine/net`` raises ``Failure`` and nothing else.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Mapping
from typing import Optional

STAGES = ("dns", "connect", "proxy", "tls", "http")
"""What was being done: the same reset is ``connect_reset``, ``tls_reset`` or ``http_reset``."""


class Failure(Exception):
    """A step that did not come about: ``word`` of ``vocabulary.FAILURES``; ``detail`` names type and number only."""

    def __init__(self, word: str, detail: str = "") -> None:
        super().__init__(word, detail)
        self.word = word
        self.detail = detail


def _by_name(words: Mapping[str, str]) -> dict[str, str]:
    """``{"word": "NAME NAME"}`` turned round: each name to its word."""
    return {name: word for word, names in words.items() for name in names.split()}


_BY_STAGE = {
    "dns": {
        "timeout": "dns_timeout",
        "garbled": "dns_error",
        **dict.fromkeys(("refused", "reset", "closed", "connect_prohibited"), "dns_unreachable"),
        **dict.fromkeys(("host_unreachable", "network_unreachable", "address_unavailable"), "dns_unreachable"),
    },
    "connect": {
        "timeout": "connect_timeout",
        "refused": "connect_refused",
        "reset": "connect_reset",
        "closed": "connect_reset",
        "garbled": "io_error",
    },
    "proxy": {
        "timeout": "proxy_timeout",
        "refused": "connect_refused",
        "reset": "proxy_closed",
        "closed": "proxy_closed",
        "garbled": "proxy_garbled",
    },
    "tls": {
        "timeout": "tls_timeout",
        "refused": "connect_refused",
        "reset": "tls_reset",
        "closed": "tls_closed",
        "garbled": "tls_not_tls",
    },
    "http": {
        "timeout": "http_timeout",
        "refused": "connect_refused",
        "reset": "http_reset",
        "closed": "http_closed",
        "garbled": "http_garbled",
    },
}
"""What a neutral word ("reset") becomes at each stage; other words stand as they are."""

_ERRNO = _by_name(
    {
        "refused": "ECONNREFUSED",
        "timeout": "ETIMEDOUT",
        "reset": "ECONNRESET ECONNABORTED EPIPE ESHUTDOWN ENOTCONN ENETRESET",
        "host_unreachable": "EHOSTUNREACH EHOSTDOWN ENOPROTOOPT EOPNOTSUPP",
        "network_unreachable": "ENETUNREACH ENETDOWN ENONET",
        "connect_prohibited": "EACCES EPERM",
        "address_unavailable": "EADDRNOTAVAIL EAFNOSUPPORT EINVAL",
    }
)

_GAI = _by_name(
    {
        "dns_nxdomain": "EAI_NONAME",
        "dns_no_data": "EAI_NODATA EAI_ADDRFAMILY",
        "dns_servfail": "EAI_FAIL",
        "dns_timeout": "EAI_AGAIN",  # glibc says so for SERVFAIL, REFUSED and silence alike: dns.py asks the server
    }
)

_VERIFY = {
    **dict.fromkeys((2, 19, 20, 21, 27), "tls_unknown_authority"),
    **dict.fromkeys((9, 11), "tls_not_yet_valid"),
    **dict.fromkeys((10, 12), "tls_expired"),
    18: "tls_self_signed",
    **dict.fromkeys((62, 64), "tls_wrong_name"),
}
"""OpenSSL's X509_V_ERR_* numbers (x509_vfy.h). Any other number is ``tls_bad_certificate``."""

_SSL_REASONS = _by_name(
    {
        "tls_bad_certificate": "CERTIFICATE_VERIFY_FAILED",
        "closed": "UNEXPECTED_EOF_WHILE_READING",
        "tls_not_tls": "WRONG_VERSION_NUMBER UNKNOWN_PROTOCOL HTTP_REQUEST HTTPS_PROXY_REQUEST PACKET_LENGTH_TOO_LONG "
        "RECORD_LAYER_FAILURE BAD_PROTOCOL_VERSION_NUMBER",
        "tls_version": "UNSUPPORTED_PROTOCOL TLSV1_ALERT_PROTOCOL_VERSION WRONG_SSL_VERSION NO_PROTOCOLS_AVAILABLE "
        "VERSION_TOO_LOW INAPPROPRIATE_FALLBACK",
        "tls_no_cipher": "SSLV3_ALERT_HANDSHAKE_FAILURE SSL/TLS_ALERT_HANDSHAKE_FAILURE NO_SHARED_CIPHER "
        "TLSV1_ALERT_INSUFFICIENT_SECURITY NO_CIPHERS_AVAILABLE DH_KEY_TOO_SMALL",
        "tls_client_certificate_required": "TLSV13_ALERT_CERTIFICATE_REQUIRED SSL/TLS_ALERT_CERTIFICATE_REQUIRED",
    }
)

JUDGEMENTS = (
    "tls_unknown_authority",
    "tls_self_signed",
    "tls_expired",
    "tls_not_yet_valid",
    "tls_wrong_name",
    "tls_bad_certificate",
)
"""Words that judge the certificate which a server has shown: the handshake itself would have come about."""

CLASSES = _by_name(
    {
        "closed": "ssl.SSLZeroReturnError ssl.SSLEOFError asyncio.IncompleteReadError",
        "reset": "ssl.SSLSyscallError builtins.ConnectionResetError builtins.ConnectionAbortedError "
        "builtins.BrokenPipeError",
        "refused": "builtins.ConnectionRefusedError",
        "timeout": "builtins.TimeoutError socket.timeout asyncio.TimeoutError httpcore.TimeoutException "
        "httpx.TimeoutException",
        "garbled": "h11.ProtocolError h11.RemoteProtocolError httpcore.ProtocolError httpcore.RemoteProtocolError "
        "httpx.ProtocolError httpx.RemoteProtocolError",
        "dns_error": "socket.herror",
        "connect_timeout": "httpcore.ConnectTimeout httpx.ConnectTimeout",
        "connect_prohibited": "builtins.PermissionError",
        "proxy_refused_tunnel": "httpcore.ProxyError httpx.ProxyError",
        "http_timeout": "httpcore.ReadTimeout httpcore.WriteTimeout httpx.ReadTimeout httpx.WriteTimeout",
        "http_reset": "httpcore.ReadError httpcore.WriteError httpx.ReadError httpx.WriteError httpx.CloseError",
        "http_garbled": "httpx.DecodingError",
        "http_too_large": "asyncio.LimitOverrunError",
        "http_redirect_loop": "httpx.TooManyRedirects",
        "io_error": "builtins.InterruptedError httpcore.ConnectError httpcore.NetworkError httpx.ConnectError "
        "httpx.NetworkError httpx.TransportError httpx.RequestError",
        "internal_error": "ssl.SSLWantReadError ssl.SSLWantWriteError h11.LocalProtocolError httpcore.PoolTimeout "
        "httpcore.UnsupportedProtocol httpcore.LocalProtocolError httpcore.ConnectionNotAvailable httpx.PoolTimeout "
        "httpx.UnsupportedProtocol httpx.LocalProtocolError httpx.HTTPError httpx.HTTPStatusError httpx.InvalidURL "
        "httpx.CookieConflict httpx.StreamError httpx.StreamConsumed httpx.StreamClosed httpx.ResponseNotRead "
        "httpx.RequestNotRead builtins.UnicodeError",
    }
)
"""Every exception class our libraries can raise, by top package and name: nothing has to be imported to be recognised.

``ssl.SSLError``, ``ssl.SSLCertVerificationError``, ``socket.gaierror`` and ``OSError`` are told apart by their numbers.
"""


def classify(error: BaseException, stage: str) -> Failure:
    """The failure an exception stands for, looked through down to the cause it was raised from."""
    innermost: BaseException = error
    seen = {id(error)}
    while True:
        if isinstance(innermost, Failure):
            return innermost
        deeper = innermost.__cause__
        if deeper is None or id(deeper) in seen or _kind(deeper) is None:
            break
        seen.add(id(deeper))
        innermost = deeper
    kind = _kind(innermost) or "internal_error"
    return Failure(_BY_STAGE[stage].get(kind, kind), _name(innermost))


def _kind(error: BaseException) -> Optional[str]:
    if isinstance(error, Failure):
        return error.word
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY.get(getattr(error, "verify_code", 0), "tls_bad_certificate")
    if isinstance(error, ssl.SSLError) and type(error) is ssl.SSLError:
        return _ssl_kind(getattr(error, "reason", None))  # Python's own code raises it without one
    if isinstance(error, socket.gaierror):
        return _gai_kind(error.errno)
    if isinstance(error, asyncio.TimeoutError):
        return "timeout"
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and error.errno is not None:
        return _ERRNO.get(errno.errorcode.get(error.errno, ""), "io_error")
    for base in type(error).__mro__:
        kind = CLASSES.get(f"{base.__module__.split('.')[0]}.{base.__name__}")
        if kind is not None:
            return kind
    return "io_error" if isinstance(error, OSError) else None


def _ssl_kind(reason: Optional[str]) -> str:
    if reason is None:
        return "closed"
    return _SSL_REASONS.get(reason, "tls_alert")


def _gai_kind(number: Optional[int]) -> str:
    for name, word in _GAI.items():
        if number is not None and getattr(socket, name, None) == number:
            return word
    return "dns_error"


def _name(error: BaseException) -> str:
    """Type and number, such as ``ConnectionRefusedError ECONNREFUSED`` or ``SSLCertVerificationError 20``."""
    number = ""
    if isinstance(error, ssl.SSLCertVerificationError):
        number = str(getattr(error, "verify_code", ""))
    elif isinstance(error, ssl.SSLError):
        number = getattr(error, "reason", None) or ""
    elif isinstance(error, socket.gaierror):
        number = str(error.errno)
    elif isinstance(error, OSError) and error.errno is not None:
        number = errno.errorcode.get(error.errno, str(error.errno))
    return f"{type(error).__name__} {number}".strip()
