"""A scratch home with a declared machine's settings where people have them: variables in bash's start file, files on disk."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from tests.scenarios.networks.declaring import HOME, Broken

NOBODY = 65534  # the number of a user and a group that own nothing
START_FILE = ".bashrc"
ASKS_OTHERS = (  # noqa: SIM905  one name a line would hide the rest
    "claude node npm npx nvm pip docker kubectl curl wget nslookup dig host getent openssl ping traceroute tracepath mtr nc "
    "resolvectl timedatectl hwclock nft iptables ip ss lsof gsettings nmcli systemctl xdg-open ssh"
).split()
"""Programs that ask the network or change the system: none of them is run, each says its name."""

_SUDO = 'case "$1" in */*) ;; *) [ -x "${0%/*}/$1" ] && exec "${0%/*}/$1" "${@:2}" ;; esac'
"""The administrator's rights reach nothing of this machine: only the programs of the scratch folder are started by it."""

_REAL = {"openssl": '[ "$1" = s_client ] || exec /usr/bin/openssl "$@"'}  # what needs no network is done


class Home:
    """The folder ``home`` with its start file, and ``programs`` first on its path."""

    def __init__(self, folder: Path, broken: Broken, programs: Mapping[str, str]) -> None:
        self.path = folder / "home"
        self.programs = folder / "programs"
        self.calls = folder / "calls"
        for made in (self.path, self.programs):
            made.mkdir(parents=True)
        self.calls.touch()
        scripts = {name: _REAL.get(name, "") for name in ASKS_OTHERS} | {"sudo": _SUDO} | dict(programs)
        for name, script in scripts.items():
            self._program(name, script)
        begun = {"~/.claude.json": b'{"hasCompletedOnboarding": true}'} if broken.mode == "print" else {}
        for path, content in {**begun, **broken.files}.items():
            self.write(path, content)
        self._start_file(broken)
        self.hand_over()

    def hand_over(self) -> None:
        """Give everything to the person, who is nobody of this machine: no line reaches anything outside of this folder."""
        if os.geteuid() == 0:
            for file in (self.path.parent, *self.path.parent.rglob("*")):
                os.chown(file, NOBODY, NOBODY, follow_symlinks=False)

    def environ(self) -> dict[str, str]:
        """What a window gives its shell."""
        return {"PATH": f"{self.programs}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "USER": "anna"}

    def write(self, path: str, content: bytes) -> None:
        """Put a file where the declared path means it."""
        file = self.path / self.relative(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        self.hand_over()

    @staticmethod
    def relative(path: str) -> str:
        """A declared path below this home; what is declared outside of one lies in it too."""
        return path.removeprefix(HOME).removeprefix("~").lstrip("/")

    def called(self, program: str) -> bool:
        """Whether a program was called with these words."""
        return any(line.startswith(program) for line in self.calls.read_text().splitlines())

    def snapshot(self) -> dict[str, bytes]:
        """Every file of the home, by its path."""
        return {
            str(file.relative_to(self.path)): file.read_bytes()
            for file in sorted(self.path.rglob("*"))
            if file.is_file()
        }

    def restore(self, files: Mapping[str, bytes]) -> None:
        """Make the home's files these again."""
        for path in self.snapshot().keys() - files.keys():
            (self.path / path).unlink()
        for path, content in files.items():
            self.write(path, content)

    def _program(self, name: str, script: str) -> None:
        file = self.programs / name
        file.write_text(f'#!/usr/bin/bash\nprintf "%s\\n" "{name} $*" >> {self.calls}\n{script}\n')
        file.chmod(0o755)

    def _start_file(self, broken: Broken) -> None:
        key = {} if broken.key is None else {"ANTHROPIC_API_KEY": broken.key}
        lines = ["# ~/.bashrc", "alias ll='ls -l'"]
        for name, value in {**key, **broken.environ}.items():
            here = str(self.path / self.relative(value)) if value.startswith("/") else value
            lines.append(f"export {name}={shlex.quote(here)}" + (":$PATH" if name == "PATH" else ""))
        (self.path / START_FILE).write_text("\n".join(lines) + "\n")
