#!/usr/bin/env python3
"""What ``.pre-commit-hooks.yaml`` runs: the scan of the files that are about to be committed, from a clone in which nothing is installed."""

import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  the interpreter is whoever's commits
    sys.exit("troubleshooter-scan needs Python 3.11 or newer here; older ones run probe.pyz scan.")
sys.dont_write_bytecode = True
# In place of this file's own folder, whose modules would hide the library's of the same names.
sys.path[0] = str(Path(__file__).resolve().parent.parent)
sys.argv[1:1] = ["scan", "--no-history"]

from diagnostics.engine.__main__ import run  # noqa: E402  the path had to be set first

if __name__ == "__main__":
    run()
