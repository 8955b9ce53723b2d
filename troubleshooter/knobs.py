"""Typed readers for the environment variables that steer the product.

Each reader answers a value or raises ImproperlyConfigured with one line that names the
variable, repeats what was found and says what to write instead. A value of a variable that
holds a secret is never repeated.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
import secrets
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes on Linux and 104 on macOS


def refuse(name: str, found: str, instead: str) -> NoReturn:
    """Raise the one line a person reads when a variable holds an odd value."""
    raise ImproperlyConfigured(f"{name} is {found!r}: {instead}")


def text(name: str, default: str = "") -> str:
    """The variable without surrounding blanks; an empty variable counts as unset."""
    return str(env.str(name, default="")).strip() or default


def switch(name: str, default: bool) -> bool:
    """true/false, 1/0, yes/no, on/off in any case."""
    found = text(name).lower()
    if not found:
        return default
    if found in ("1", "true", "yes", "on"):
        return True
    if found in ("0", "false", "no", "off"):
        return False
    refuse(name, found, "write true or false.")


def whole(name: str, default: int, low: int, high: int) -> int:
    """A whole number from low to high."""
    found = text(name)
    if not found:
        return default
    if not found.isascii() or not found.isdigit() or not low <= int(found) <= high:
        refuse(name, found, f"write a whole number from {low} to {high}.")
    return int(found)


def one_of(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One word of a closed set, in any case."""
    found = text(name, default)
    for word in allowed:
        if word.lower() == found.lower():
            return word
    refuse(name, found, f"write one of {', '.join(allowed)}.")


def names(name: str) -> list[str]:
    """A comma-separated list; empty entries are dropped."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def networks(name: str) -> list[Network]:
    """A comma-separated list of networks such as 10.0.0.0/8 or a single address."""
    answer: list[Network] = []
    for part in names(name):
        try:
            answer.append(ipaddress.ip_network(part))
        except ValueError:
            refuse(name, part, "write networks such as 10.1.0.0/16, separated by commas.")
    return answer


def web_address(name: str, default: str) -> str:
    """An origin such as https://help.example.com, without path and without trailing slash."""
    found = text(name, default).rstrip("/")
    parts = urlsplit(found)
    try:
        odd = bool(parts.path or parts.query or parts.fragment or parts.username) or parts.port == 0
    except ValueError:
        odd = True
    if odd or parts.scheme not in ("http", "https") or not parts.hostname:
        refuse(name, found, "write it like https://help.example.com, without a path.")
    return found


def time_zone(name: str, default: str) -> str:
    """A name of the time zone database, such as Europe/Berlin."""
    found = text(name, default)
    try:
        ZoneInfo(found)
    except (ValueError, OSError, KeyError):
        refuse(name, found, "write a name such as UTC or Europe/Berlin.")
    return found


def url_with_scheme(name: str, default: str, schemes: tuple[str, ...]) -> str:
    """A URL whose scheme is known. The URL may hold a password, so it is never repeated."""
    found = text(name, default)
    scheme, colon, rest = found.partition("://")
    if not colon or scheme not in schemes or (not rest and scheme not in _BARE_SCHEMES):
        shown = f"{scheme}://..." if colon else "not a URL"
        refuse(name, shown, f"start it with one of {', '.join(schemes)}, followed by ://")
    return found


_BARE_SCHEMES = ("memory", "locmemcache", "consolemail", "dummymail", "memorymail", "dummycache")


def kept_secret(name: str, file: Path, make_one: str) -> str:
    """The variable, or what an earlier start kept in `file`, or a new value kept there (mode 0600).

    Two processes that start together agree: the first to create the file wins.
    """
    found = text(name)
    if found:
        return found
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.write(make_one + "\n")
        kept = file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "not readable text"
        raise ImproperlyConfigured(
            f"{name} is not set and {file} cannot be used ({reason}): set it, or make that a file you may write."
        ) from None
    if not kept:
        raise ImproperlyConfigured(f"{file} is empty: delete it to get a new key, or set {name}.")
    return kept


def new_encryption_key() -> str:
    """One entry of FIELD_ENCRYPTION_KEYS: an id, a colon, 32 random bytes in base64."""
    return f"k{secrets.token_hex(3)}:{base64.b64encode(secrets.token_bytes(32)).decode('ascii')}"


def encryption_keys(name: str, file: Path) -> dict[str, bytes]:
    """Key id -> 32 bytes, in the order given; the first one encrypts, all of them decrypt."""
    answer: dict[str, bytes] = {}
    for number, part in enumerate(kept_secret(name, file, new_encryption_key()).split(","), start=1):
        key_id, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not key_id.isalnum() or len(key_id) > 16 or len(key) != 32 or key_id in answer:
            raise ImproperlyConfigured(
                f"{name}, entry {number}, is not usable: write id:key, where the id is letters and digits, "
                "used once, and the key is the output of: openssl rand -base64 32"
            )
        answer[key_id] = key
    return answer


def data_dir() -> Path:
    """Where everything is kept that is not code: DATA_DIR, else var/ beside manage.py."""
    default = Path(__file__).resolve().parent.parent / "var"
    return Path(text("DATA_DIR", str(default))).expanduser().absolute()


def socket_path(data_dir: Path) -> Path:
    """Where the embedded broker listens: in the data folder, or in a short folder if that path is too long."""
    here = data_dir / "run" / "broker.sock"
    if len(os.fsencode(here)) <= _SOCKET_PATH_LIMIT:
        return here
    mark = f"{binascii.crc32(os.fsencode(data_dir)):08x}"
    return Path(f"/tmp/troubleshooter-{os.getuid()}-{mark}") / "broker.sock"  # noqa: S108  mode 0700, checked when made


def cache_beside(broker_url: str) -> str:
    """The cache that goes with a broker: the next database of the same server, or this process' memory."""
    scheme, _, rest = broker_url.partition("://")
    if scheme == "redis+socket":
        return f"unix://{rest.partition('?')[0]}?db=1"
    if scheme in ("redis", "rediss"):
        parts = urlsplit(broker_url)
        number = parts.path.strip("/") or "0"
        if not number.isdigit():
            raise ImproperlyConfigured("BROKER_URL ends in a database that is not a number: write it like .../0")
        return parts._replace(path=f"/{int(number) + 1}").geturl()
    if scheme == "memory":
        return "locmemcache://"
    # Web and workers share what they know through the cache, so a private one would not do.
    raise ImproperlyConfigured(f"CACHE_URL is not set and BROKER_URL is {scheme}://: set CACHE_URL to a redis:// URL.")


def cache_settings(url: str, forgiving: bool = False) -> dict[str, object]:
    """Django's cache settings for CACHE_URL; unix:// is the socket of the embedded broker. `forgiving`: never raises."""
    if not url.startswith(("unix://", "redis")):
        return dict(env.cache_url_config(url))
    ours, plain = "troubleshooter.caching.ForgivingRedisCache", "django.core.cache.backends.redis.RedisCache"
    backend = ours if forgiving else plain
    return {"BACKEND": backend, "LOCATION": url, "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 3}}


def mail_settings(name: str, default: str) -> dict[str, object]:
    """Django's EMAIL_* for EMAIL_URL."""
    schemes = ("smtp", "smtp+tls", "smtps", "smtp+ssl", "consolemail", "filemail", "dummymail", "memorymail")
    url = url_with_scheme(name, default, schemes)
    try:
        answer: dict[str, object] = dict(env.email_url_config(url))
        if url.startswith("filemail:///"):
            answer["EMAIL_FILE_PATH"] = url.removeprefix("filemail://")  # django-environ drops the leading slash
        return answer
    except ValueError:
        refuse(name, "not a URL", "write it like smtp+tls://user:password@mail.example.com:587")
