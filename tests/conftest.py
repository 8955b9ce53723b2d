"""Clean hands: what the machine is set up with never decides a test, and nothing leaves the machine.

Everything a setting or the engine could read from the environment is removed before Django starts.
A connection beyond loopback is an error, even where the code under test swallows it. A skipped
test is a failure in CI, unless it is marked `optional`.
"""

from __future__ import annotations

import atexit
import ipaddress
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import pytest
from django.conf import settings
from xdist.scheduler import LoadScopeScheduling

IN_CI = os.environ.get("CI") == "true"

_OURS = re.compile(
    r"(HTTPS?|ALL|NO|FTP|WSS?)_PROXY|(SSL|REQUESTS|CURL|NODE|GIT|AWS|HTTPLIB2|PIP)_\w*(CA|CERT)\w*|SSLKEYLOGFILE|"
    r"NODE_(OPTIONS|TLS_REJECT_UNAUTHORIZED|USE_\w+)|(ANTHROPIC|OPENAI|CLAUDE|AZURE|GOOGLE|GEMINI|VERTEX|BEDROCK|"
    r"MISTRAL|GROQ|OPENROUTER|LITELLM|HELICONE|CLOUD_ML|AWS|DISABLE|RES|XDG)_\w+|OPENSSL_\w+|RESOLV_\w+|LOCALDOMAIN",
    re.IGNORECASE,
)
_SETTINGS = (  # noqa: SIM905  one name a line would hide the tests below
    "ALLOWED_HOSTS ALLOWED_NETWORKS BEHIND_PROXY BIND DATABASE_POOL_SIZE DEBUG EMAIL_FROM EMAIL_URL EMBEDDED_BROKER "
    "OIDC_AUTO_TEAM OIDC_CLIENT_ID OIDC_CLIENT_SECRET OIDC_DOMAINS OIDC_ISSUER OIDC_NAME "
    "FIELD_ENCRYPTION_KEYS LOG_FORMAT LOG_LEVEL PORT PUBLIC_URL RUN_TIME_LIMIT SECRET_KEY SECRET_KEY_FALLBACKS "
    "SESSION_DAYS SIGN_IN_LINK_MINUTES TIME_ZONE WEB_THREADS WORKER_SILENT_AFTER WORKER_THREADS WORKERS"
).split()


def _wash() -> None:
    """Take away what a developer's shell may hold; runs before Django's settings are read."""
    for name in list(os.environ):
        if _OURS.fullmatch(name) or name in _SETTINGS:
            del os.environ[name]
    scratch = Path(tempfile.mkdtemp(prefix="troubleshooter-test-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    home = scratch / "home"
    home.mkdir()
    os.environ |= {"HOME": str(home), "USERPROFILE": str(home), "DATA_DIR": str(scratch / "var"), "TZ": "UTC"}
    os.environ |= {"DJANGO_SETTINGS_MODULE": "troubleshooter.settings", "LOG_LEVEL": "WARNING"}
    os.environ |= {"PLAYWRIGHT_SKIP_BROWSER_GC": "1", "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
    _choose_broker()


def _choose_broker() -> None:
    """Messages stay in this process, unless BROKER_URL names a Redis: then each xdist worker has its own numbers."""
    broker = os.environ.get("BROKER_URL", "")
    if not broker.startswith("redis"):
        os.environ |= {"BROKER_URL": "memory://", "CACHE_URL": "locmemcache://"}
        return
    parts = urlsplit(broker)
    lane = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    number = int(parts.path.strip("/") or "0") + 2 * lane
    os.environ["BROKER_URL"] = parts._replace(path=f"/{number}").geturl()
    os.environ["CACHE_URL"] = parts._replace(path=f"/{number + 1}").geturl()


_wash()
# Names without a hash: nothing has been collected, and pages are the same but for that.
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# Slow hashes protect real passwords; here they would cost minutes.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let each xdist worker wash itself: with this inherited, pytest-django reads the settings before our washing."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


# -- What shares something that takes long to make runs on one of two cores -------------------

_TOGETHER = (
    "tests/scenarios/test_on_sockets.py",
    "tests/book/test_by_the_book.py",
    "tests/probe/test_endings.py",
    "tests/probe/test_watch.py",
    "tests/probe/",
    "tests/test_compose.py",
    "tests/web/test_single_sign_on.py",
    "tests/browser/test_accounts.py",
)
"""Beginnings of node ids; the first that fits counts. Everything else goes where there is room, test by test."""


class _Lanes(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """xdist's own marks for groups do not reach its scheduler with pytest 9.2, which keeps node ids to itself."""

    def _split_scope(self, nodeid: str) -> str:
        return next((beginning for beginning in _TOGETHER if nodeid.startswith(beginning)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Ours, where several processes share the tests and nobody chose another."""
    return _Lanes(config, log) if config.getoption("dist") == "load" else None


# -- Nothing leaves the machine --------------------------------------------------------------

_escapes: list[str] = []


class LeftTheMachine(RuntimeError):
    """A test tried to reach beyond loopback."""


def _is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or address.is_unspecified or bool(mapped and mapped.is_loopback)


def _is_address(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook sees every connect of this process, whichever library makes it."""
    if event in ("socket.connect", "socket.sendto"):
        target = arguments[1]
        if isinstance(target, tuple) and not _is_local(target[0]):
            _refuse(f"{event} {target[0]}:{target[1]}")
    elif event == "socket.getaddrinfo" and not _is_local(arguments[0]) and not _is_address(arguments[0]):
        _refuse(f"{event} {arguments[0]!r}")


def _network() -> str:
    """The network namespace of this thread; servers of the namespace floor live in one that no wire leads out of."""
    return os.readlink("/proc/thread-self/ns/net") if sys.platform == "linux" else ""


_own_network = _network()


def _refuse(what: str) -> None:
    if _network() != _own_network:
        return
    _escapes.append(what)
    raise LeftTheMachine(f"A test may not leave the machine: {what}. Map the name to a loopback server.")


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def stays_on_this_machine() -> Iterator[None]:
    """Fail the test that reached beyond loopback, also when the code under test swallowed the error."""
    _escapes.clear()
    yield
    assert not _escapes, f"reached beyond loopback: {_escapes}"


@pytest.fixture(autouse=True)
def clean_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an earlier test left in the environment is gone."""
    for name in list(os.environ):
        if _OURS.fullmatch(name):
            monkeypatch.delenv(name)


# -- Skips -----------------------------------------------------------------------------------


def _namespaces_work() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and all(map(shutil.which, ("ip", "nft")))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Network namespaces need root, `ip` and `nft`; in CI their absence fails the tests instead of hiding them."""
    if _namespaces_work() or IN_CI:
        return
    for item in items:
        if item.get_closest_marker("netns"):
            item.add_marker(pytest.mark.skip(reason="network namespaces need root, iproute2 and nftables"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI a skipped test is a failed one: the machine has what the tests need."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if IN_CI and report.skipped and not hasattr(report, "wasxfail") and not item.get_closest_marker("optional"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as failed in CI: {report.longrepr}"
