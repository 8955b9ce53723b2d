"""From an exception to a closed failure word: by type, number and OpenSSL reason, never by message text.

A message may hold a secret, differs by version and by language, and cannot be matched in knowledge files.
Everything in ``engine/net`` raises ``Failure`` and nothing else.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import Optional

STAGES = ("dns", "connect", "proxy", "tls", "http")
"""What was being done: the same reset is ``connect_reset``, ``tls_reset`` or ``http_reset``."""


class Failure(Exception):
    """A step that did not come about. ``word`` is one of ``vocabulary.FAILURES``; ``detail`` names type and number only."""

    def __init__(self, word: str, detail: str = "") -> None:
        super().__init__(word, detail)
        self.word = word
        self.detail = detail


_BY_STAGE = {
    "dns": {"timeout": "dns_timeout", "refused": "dns_unreachable", "reset": "dns_unreachable", "closed": "dns_unreachable", "garbled": "dns_error",
            "host_unreachable": "dns_unreachable", "network_unreachable": "dns_unreachable", "connect_prohibited": "dns_unreachable"},
    "connect": {"timeout": "connect_timeout", "refused": "connect_refused", "reset": "connect_reset", "closed": "connect_reset", "garbled": "io_error"},
    "proxy": {"timeout": "proxy_timeout", "refused": "connect_refused", "reset": "proxy_closed", "closed": "proxy_closed", "garbled": "proxy_garbled"},
    "tls": {"timeout": "tls_timeout", "refused": "connect_refused", "reset": "tls_reset", "closed": "tls_closed", "garbled": "tls_not_tls"},
    "http": {"timeout": "http_timeout", "refused": "connect_refused", "reset": "http_reset", "closed": "http_closed", "garbled": "http_garbled"},
}  # fmt: skip

_ERRNO = {
    "ECONNREFUSED": "refused",
    "ETIMEDOUT": "timeout",
    "ECONNRESET": "reset", "ECONNABORTED": "reset", "EPIPE": "reset", "ESHUTDOWN": "reset", "ENOTCONN": "reset",
    "EHOSTUNREACH": "host_unreachable", "EHOSTDOWN": "host_unreachable",
    "ENETUNREACH": "network_unreachable", "ENETDOWN": "network_unreachable", "ENETRESET": "reset", "ENONET": "network_unreachable",
    "EACCES": "connect_prohibited", "EPERM": "connect_prohibited",
    "EADDRNOTAVAIL": "address_unavailable", "EAFNOSUPPORT": "address_unavailable", "EINVAL": "address_unavailable",
}  # fmt: skip

_GAI = {
    "EAI_NONAME": "dns_nxdomain",
    "EAI_NODATA": "dns_no_data",
    "EAI_ADDRFAMILY": "dns_no_data",
    "EAI_AGAIN": "dns_timeout",  # glibc says this for SERVFAIL, REFUSED and silence alike: dns.py asks the server itself
    "EAI_FAIL": "dns_servfail",
}

_VERIFY = {
    9: "tls_not_yet_valid", 10: "tls_expired", 11: "tls_not_yet_valid", 12: "tls_expired",
    18: "tls_self_signed",
    2: "tls_unknown_authority", 19: "tls_unknown_authority", 20: "tls_unknown_authority", 21: "tls_unknown_authority", 27: "tls_unknown_authority",
    62: "tls_wrong_name", 64: "tls_wrong_name",
}  # fmt: skip
"""OpenSSL's X509_V_ERR_* numbers (x509_vfy.h). Any other number is ``tls_bad_certificate``."""

_SSL_REASONS = {
    "CERTIFICATE_VERIFY_FAILED": "tls_bad_certificate",
    "UNEXPECTED_EOF_WHILE_READING": "tls_closed",
    "WRONG_VERSION_NUMBER": "tls_not_tls", "UNKNOWN_PROTOCOL": "tls_not_tls", "HTTP_REQUEST": "tls_not_tls", "HTTPS_PROXY_REQUEST": "tls_not_tls",
    "PACKET_LENGTH_TOO_LONG": "tls_not_tls", "RECORD_LAYER_FAILURE": "tls_not_tls", "BAD_PROTOCOL_VERSION_NUMBER": "tls_not_tls",
    "UNSUPPORTED_PROTOCOL": "tls_version", "TLSV1_ALERT_PROTOCOL_VERSION": "tls_version", "WRONG_SSL_VERSION": "tls_version",
    "NO_PROTOCOLS_AVAILABLE": "tls_version", "VERSION_TOO_LOW": "tls_version", "INAPPROPRIATE_FALLBACK": "tls_version",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "tls_no_cipher", "SSL/TLS_ALERT_HANDSHAKE_FAILURE": "tls_no_cipher", "NO_SHARED_CIPHER": "tls_no_cipher",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": "tls_no_cipher", "NO_CIPHERS_AVAILABLE": "tls_no_cipher", "DH_KEY_TOO_SMALL": "tls_no_cipher",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "tls_client_certificate_required",
}  # fmt: skip

CLASSES = {
    "ssl.SSLZeroReturnError": "closed", "ssl.SSLEOFError": "closed", "ssl.SSLSyscallError": "reset",
    "ssl.SSLWantReadError": "internal_error", "ssl.SSLWantWriteError": "internal_error",
    "ssl.SSLError": "by reason", "ssl.SSLCertVerificationError": "by verify code",
    "socket.gaierror": "by number", "socket.herror": "dns_error", "builtins.TimeoutError": "timeout", "socket.timeout": "timeout",
    "asyncio.TimeoutError": "timeout", "asyncio.IncompleteReadError": "closed", "asyncio.LimitOverrunError": "http_too_large",
    "builtins.ConnectionRefusedError": "refused", "builtins.ConnectionResetError": "reset", "builtins.ConnectionAbortedError": "reset",
    "builtins.BrokenPipeError": "reset", "builtins.PermissionError": "connect_prohibited", "builtins.InterruptedError": "io_error",
    "builtins.UnicodeError": "internal_error",
    "h11.RemoteProtocolError": "garbled", "h11.LocalProtocolError": "internal_error", "h11.ProtocolError": "garbled",
    "httpcore.ConnectTimeout": "connect_timeout", "httpcore.ReadTimeout": "http_timeout", "httpcore.WriteTimeout": "http_timeout",
    "httpcore.PoolTimeout": "internal_error", "httpcore.TimeoutException": "timeout",
    "httpcore.ConnectError": "io_error", "httpcore.ReadError": "http_reset", "httpcore.WriteError": "http_reset", "httpcore.NetworkError": "io_error",
    "httpcore.ProxyError": "proxy_refused_tunnel", "httpcore.UnsupportedProtocol": "internal_error", "httpcore.ProtocolError": "garbled",
    "httpcore.RemoteProtocolError": "garbled", "httpcore.LocalProtocolError": "internal_error", "httpcore.ConnectionNotAvailable": "internal_error",
    "httpx.ConnectTimeout": "connect_timeout", "httpx.ReadTimeout": "http_timeout", "httpx.WriteTimeout": "http_timeout",
    "httpx.PoolTimeout": "internal_error", "httpx.TimeoutException": "timeout",
    "httpx.ConnectError": "io_error", "httpx.ReadError": "http_reset", "httpx.WriteError": "http_reset", "httpx.CloseError": "http_reset",
    "httpx.NetworkError": "io_error", "httpx.ProxyError": "proxy_refused_tunnel", "httpx.UnsupportedProtocol": "internal_error",
    "httpx.ProtocolError": "garbled", "httpx.RemoteProtocolError": "garbled", "httpx.LocalProtocolError": "internal_error",
    "httpx.DecodingError": "http_garbled", "httpx.TooManyRedirects": "http_redirect_loop", "httpx.TransportError": "io_error",
    "httpx.RequestError": "io_error", "httpx.HTTPError": "internal_error", "httpx.HTTPStatusError": "internal_error",
    "httpx.InvalidURL": "internal_error", "httpx.CookieConflict": "internal_error", "httpx.StreamError": "internal_error",
    "httpx.StreamConsumed": "internal_error", "httpx.StreamClosed": "internal_error", "httpx.ResponseNotRead": "internal_error",
    "httpx.RequestNotRead": "internal_error",
}  # fmt: skip
"""Every exception class our libraries can raise, by top package and name, so that nothing has to be imported to be recognised."""


def classify(error: BaseException, stage: str) -> Failure:
    """The failure an exception stands for, its causes looked through down to the one that began it."""
    innermost: BaseException = error
    seen = {id(error)}
    while True:
        if isinstance(innermost, Failure):
            return innermost
        deeper = innermost.__cause__ or innermost.__context__
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
        return _VERIFY.get(error.verify_code, "tls_bad_certificate")
    if isinstance(error, ssl.SSLError) and type(error) is ssl.SSLError:
        return _ssl_kind(error.reason)
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
        number = str(error.verify_code)
    elif isinstance(error, ssl.SSLError):
        number = error.reason or ""
    elif isinstance(error, socket.gaierror):
        number = str(error.errno)
    elif isinstance(error, OSError) and error.errno is not None:
        number = errno.errorcode.get(error.errno, str(error.errno))
    return f"{type(error).__name__} {number}".strip()
