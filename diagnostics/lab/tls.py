"""TLS as a server does it, right or wrong: ``tls(chain="expired")``, ``tls(version="1.0")``, ``tls(silent=True)``."""

from __future__ import annotations

import functools
import ssl
import warnings
from dataclasses import dataclass

from diagnostics.lab import certificates

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}

# OpenSSL has it and Python's default client list leaves it out (!AESCCM), so nothing is in common.
_RARE_CIPHER = "ECDHE-ECDSA-AES128-CCM"


@dataclass(frozen=True)
class Tls:
    """How the first bytes of a connection are answered.

    ``instead`` names what comes in place of a handshake: "http" (plain HTTP on the TLS port), "reset" (RST after the
    client's hello), "close" (FIN after it), "silent" (the hello is read and never answered). None: a handshake.
    ``only_named``: that happens only to a hello that names the host, as with a filter that reads along.
    """

    chain: str = "practice"
    version: str | None = None
    client_cert: bool = False
    rare_cipher: bool = False
    instead: str | None = None
    only_named: bool = False

    def context(self, host: str, days_ahead: int = 0) -> ssl.SSLContext:
        """The server's context for a host; made once per process for each host and way of being wrong.

        ``days_ahead``: where the server's clock stands, and its certificate's dates with it.
        """
        return _context(self, host, days_ahead)


HEALTHY = Tls()
INSPECTED = Tls(chain="private_ca")


def tls(
    chain: str = "practice",
    *,
    version: str | None = None,
    client_cert: bool = False,
    rare_cipher: bool = False,
    plain_http: bool = False,
    reset_after_hello: bool = False,
    close_after_hello: bool = False,
    silent: bool = False,
    only_named: bool = False,
) -> Tls:
    """Declare a server's TLS: a chain of ``certificates.CHAINS``, the only ``version`` it speaks ("1.0" to "1.3")."""
    wrong = {"http": plain_http, "reset": reset_after_hello, "close": close_after_hello, "silent": silent}
    instead = [word for word, asked in wrong.items() if asked]
    if len(instead) > 1:
        raise ValueError(f"a server does one thing in place of a handshake, not {' and '.join(instead)}")
    if chain not in certificates.CHAINS:
        raise ValueError(f"unknown chain {chain!r}: one of {', '.join(certificates.CHAINS)}")
    if version is not None and version not in _VERSIONS:
        raise ValueError(f"unknown version {version!r}: one of {', '.join(_VERSIONS)}")
    return Tls(chain, version, client_cert, rare_cipher, instead[0] if instead else None, only_named)


@functools.cache
def _context(wanted: Tls, host: str, days_ahead: int) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificates.load(context, certificates.leaf(host, wanted.chain, days_ahead))
    context.set_alpn_protocols(["http/1.1"])
    if wanted.rare_cipher:
        context.set_ciphers(_RARE_CIPHER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if wanted.client_cert:
        context.load_verify_locations(cadata=certificates.private_root().pem)
        # In 1.3 the client learns of the refusal only when it reads; 1.2 refuses within the handshake.
        context.verify_mode = ssl.CERT_REQUIRED
    if wanted.version:
        _pin(context, _VERSIONS[wanted.version])
    return context


def _pin(context: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # being out of date is the point
        if version < ssl.TLSVersion.TLSv1_2:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = version
            context.maximum_version = version
        else:
            context.maximum_version = version
            context.minimum_version = version
