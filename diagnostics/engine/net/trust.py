"""Which certificate authorities are trusted: one explicit TLS context for each trust setting, built once and shared.

Building a context parses some hundred and forty roots and costs 15 ms; a run needs at most four. Nothing is read from
the environment:
``SSL_CERT_FILE`` and the like count only where the client's own rules put them into ``TrustSettings``.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import os
import re
import ssl
import string
import sys
from dataclasses import dataclass, field
from typing import Callable, Optional, Union

from diagnostics.engine import regular_files
from diagnostics.engine.net import certificates
from diagnostics.engine.net.failures import Failure
from diagnostics.engine.records import TrustSettings
from diagnostics.engine.waiting import Patience

_FILLERS, _FILLER = 14, 200  # bytes: with them a greeting takes more than two packets of the usual 1460

TrustSet = ssl.SSLContext
"""A TLS context that is used for nothing but what it trusts."""

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----")
_SPACE = string.whitespace.encode()
_FILE_MOST, _FOLDER_MOST, _FILES_MOST = 4 << 20, 16 << 20, 4096
_PATIENCE = 1.0  # seconds in all for CA files on a disk that does not answer; the whole run waits for them

SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Alpine
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # macOS (without what its keychain adds), BSD
)


def read_file(path: str) -> Optional[bytes]:
    """Bytes of a CA file, or of the files of a CA folder, at most 4 MiB each and 16 MiB in all; None when nothing can be read."""
    try:
        if os.path.isdir(path):
            return _folder(path)
        return regular_files.read(path, _FILE_MOST)
    except (OSError, ValueError):  # ValueError: a null character in the path
        return None


def _folder(path: str) -> bytes:
    found, left = [], _FOLDER_MOST
    for name in sorted(os.listdir(path))[:_FILES_MOST]:
        with contextlib.suppress(OSError):
            found.append(regular_files.read(os.path.join(path, name), min(_FILE_MOST, left)))
            left -= len(found[-1])
        if left <= 0:
            break
    return b"\n".join(found)


@dataclass(frozen=True)
class Roots:
    """Where roots come from: ``public_pem`` replaces the bundled list, ``system_pem`` the system's store, which is
    otherwise the first of ``system_files`` that is there.

    ``read`` reads the files that a client's settings name; a worker passes one that reads nothing, since those paths
    are another machine's.
    """

    public_pem: Optional[str] = None
    system_files: tuple[str, ...] = SYSTEM_FILES
    read: Callable[[str], Optional[bytes]] = read_file
    patience: Patience = field(default_factory=lambda: Patience(_PATIENCE, each=_PATIENCE), repr=False, compare=False)
    system_is_whole: bool = (
        sys.platform != "darwin"
    )  # macOS keeps what its administrator adds in keychains, not in files
    system_pem: Optional[str] = None

    @classmethod
    def default(cls) -> Roots:
        """The bundled public roots and this machine's own store."""
        return cls()

    def public(self) -> ssl.SSLContext:
        """The public roots alone."""
        return _verifying((self._public(),))

    def completed(self, between: tuple[bytes, ...]) -> ssl.SSLContext:
        """The public roots, helped by certificates (DER) that may stand between them and a server's own."""
        own = [ssl.DER_cert_to_PEM_cert(der) for der in between if not certificates.is_self_issued(der)]
        return _verifying((self._public(), *own))

    def system(self) -> ssl.SSLContext:
        """The operating system's store alone; ``Failure("tls_trust_unusable")`` where none is found."""
        return _usable((self._system(),))

    def client(self, settings: TrustSettings) -> ssl.SSLContext:
        """What a client with these settings trusts; ``Failure("tls_trust_unusable")`` when that is nothing at all."""
        if settings.replaced_by:
            return _usable((*map(self._file, settings.replaced_by), settings.extra_pem))
        stores = {"public": self._public, "system": self._system}
        pems = [stores[store]() for store in settings.stores]
        return _usable((*pems, *map(self._file, settings.extra_files), settings.extra_pem))

    def listed(self, settings: TrustSettings) -> list[dict[str, Union[str, int]]]:
        """Every trust set with where it comes from and how many authorities it holds, the client's own last."""
        public = "bundled with the probe" if self.public_pem is None else "given in place of every bundled list"
        files = (*settings.extra_files, *settings.replaced_by)
        sets = [("public", public, self._public()), ("system", self._system_source(), self._system())]
        sets += [("file", path, self._file(path)) for path in dict.fromkeys(files)]
        sets += [("registered", "registered with the environment", settings.extra_pem)] if settings.extra_pem else []
        told: list[dict[str, Union[str, int]]] = [
            {"set": name, "from": source, "size": size(_verifying((pem,)))} for name, source, pem in sets
        ]
        parts = ("files",) if settings.replaced_by else (*settings.stores, *(("files",) if files else ()))
        try:
            whole = size(self.client(settings))
        except Failure:
            whole = 0
        return [*told, {"set": "client", "from": ", ".join(parts), "size": whole}]

    def _system_source(self) -> str:
        if self.system_pem is not None:
            return "declared"
        if sys.platform == "win32":
            return "the Windows store"
        return next((path for path in self.system_files if self._patiently(read_file, path)), "not found")

    def _public(self) -> str:
        return self.public_pem if self.public_pem is not None else _bundled()

    def _system(self) -> str:
        if self.system_pem is not None:
            return self.system_pem
        if sys.platform == "win32":
            return _windows_store()
        for path in self.system_files:
            data = self._patiently(read_file, path)
            if data:
                return data.decode("utf-8", "replace")
        return ""

    def _file(self, path: str) -> str:
        return (self._patiently(self.read, path) or b"").decode("utf-8", "replace")

    def _patiently(self, read: Callable[[str], Optional[bytes]], path: str) -> Optional[bytes]:
        return self.patience.wait(lambda: read(path), None)


def nobody() -> TrustSet:
    """A context that accepts no certificate at all: for a way on which none is shown."""
    return _verifying(())


def unverified(large: bool = False) -> ssl.SSLContext:
    """A context that looks at any chain and trusts none: nothing but a handshake is ever sent over it.

    ``large``: its greeting (ClientHello) is larger than one packet, by protocols that nobody has; a server passes over
    those it does not know (RFC 7301 3.2).
    """
    return _unverified(large)


def holds_certificates(pem: str) -> bool:
    """Whether a text holds a certificate that can be read."""
    return bool(_verifying((pem,)).cert_store_stats()["x509"])


def size(context: TrustSet) -> int:
    """How many authorities a context trusts."""
    return context.cert_store_stats()["x509_ca"]


def is_root_of(context: ssl.SSLContext, der: bytes) -> bool:
    """Whether a certificate is one of the context's own roots."""
    return hashlib.sha256(der).digest() in _fingerprints(context)


def _usable(pems: tuple[str, ...]) -> ssl.SSLContext:
    context = _verifying(pems)
    if not size(context):
        raise Failure("tls_trust_unusable", "no certificate in the trust set")
    return context


@functools.lru_cache(maxsize=16)
def _verifying(pems: tuple[str, ...]) -> ssl.SSLContext:
    context = _plain()
    certificates = list(dict.fromkeys(der for pem in pems for der in _ders(pem)))
    try:
        context.load_verify_locations(cadata=b"".join(certificates))
    except (ssl.SSLError, ValueError):  # one that OpenSSL cannot read must not cost the others
        for der in certificates:
            with contextlib.suppress(ssl.SSLError, ValueError):
                context.load_verify_locations(cadata=der)
    return context


@functools.lru_cache(maxsize=2)
def _unverified(large: bool) -> ssl.SSLContext:
    context = _plain()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if large:
        context.set_alpn_protocols(["http/1.1", *(f"x-{number:02d}".ljust(_FILLER, "-") for number in range(_FILLERS))])
    return context


def _plain() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies chain and host name; loads no store by itself
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags = ssl.VERIFY_X509_TRUSTED_FIRST
    context.set_alpn_protocols(["http/1.1"])
    return context


def _ders(pem: str) -> list[bytes]:
    """The certificates of a PEM text; a block that is not one is left out, as OpenSSL's readers do."""
    found = []
    for block in _PEM.findall(pem):
        try:
            der = base64.b64decode(block.encode("ascii", "replace").translate(None, _SPACE), validate=True)
        except ValueError:
            continue
        if der[:1] == b"\x30":
            found.append(der)
    return found


@functools.lru_cache(maxsize=8)
def _fingerprints(context: ssl.SSLContext) -> frozenset[bytes]:
    return frozenset(hashlib.sha256(der).digest() for der in context.get_ca_certs(binary_form=True))


@functools.lru_cache(maxsize=1)
def _bundled() -> str:
    import certifi  # only the paths that open a TLS connection to judge need it

    return str(certifi.contents())


def _windows_store() -> str:
    """Roots and intermediates of the Windows store. ``load_default_certs`` would read ``SSL_CERT_FILE`` as well."""
    found = []
    for store in ("ROOT", "CA"):
        for der, encoding, trust in ssl.enum_certificates(store):  # type: ignore[attr-defined,unused-ignore]
            if encoding == "x509_asn" and (trust is True or "1.3.6.1.5.5.7.3.1" in trust):
                found.append(ssl.DER_cert_to_PEM_cert(der))
    return "".join(found)
