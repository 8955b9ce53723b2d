"""Running the guides' scripts in a scratch folder: real bash and curl, the engine of this tree, fakes for clouds and clusters."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.guides.blocks import code

ROOT = Path(__file__).resolve().parents[2]
_PROBE = f"""import os, sys
os.environ["PYTHONPATH"] = {str(ROOT)!r}
os.execv(sys.executable, [sys.executable, "-m", "diagnostics.engine", *sys.argv[1:]])
"""
_JQ = """import json, sys
found = json.load(sys.stdin).get(sys.argv[-1].lstrip("."))
print("null" if found is None else found)
sys.exit(found is None)
"""


class Scratch:
    """A folder to run scripts in, with its own home and programs of its own first on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self._programs = folder / "programs"
        for made in (self.home, self._programs):
            made.mkdir()
        self.program("python3", f'exec {sys.executable} "$@"')
        (folder / "probe.pyz").write_text(_PROBE)
        if shutil.which("jq") is None:
            (folder / "jq.py").write_text(_JQ)
            self.program("jq", f'exec {sys.executable} {folder}/jq.py "$@"')

    def program(self, name: str, script: str) -> None:
        """Put a program in front of the machine's own."""
        file = self._programs / name
        file.write_text(f"#!/usr/bin/env bash\n{script}\n")
        file.chmod(0o755)

    def spied(self, name: str) -> Path:
        """Let a real program tell its arguments; the file in which they stand."""
        told, real = self.folder / f"{name}.arguments", shutil.which(name)
        self.program(name, f'printf "%s\\n" "$@" >> {told}\nexec {real} "$@"')
        return told

    def run(
        self,
        name: str,
        *arguments: str,
        variables: Mapping[str, str] | None = None,
        after: str = "",
        given: str = "",
        strict: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a block of a guide and then ``after``, with ``given`` on standard input."""
        file = self.folder / "script.sh"
        file.write_text(code(name) + after)
        return self.bash(
            *(("-eu", "-o", "pipefail") if strict else ()), str(file), *arguments, variables=variables, given=given
        )

    def bash(
        self, *arguments: str, variables: Mapping[str, str] | None = None, given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run bash in the folder, with hardly any variables."""
        path = f"{self._programs}{os.pathsep}{os.environ['PATH']}"
        environ = {"PATH": path, "HOME": str(self.home), "LC_ALL": "C", "USER": "me", **(variables or {})}
        return subprocess.run(
            ["bash", *arguments],
            cwd=self.folder,
            env=environ,
            input=given,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
