"""What the person asked for on the command line or in the dashboard: it outranks what the configuration says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

from diagnostics.engine.request.given import Given

MODES = ("auto", "interactive", "print")


@dataclass(frozen=True)
class Asked:
    """The options of ``contract/report.md`` that shape an environment. None and empty mean: as the configuration says.

    ``client`` is ``name`` or ``name@version``. ``request`` is a request body to judge; ``run_helper`` allows running the user's key
    helper.
    """

    client: str = "claude-code"
    mode: str = "auto"
    base_url: Optional[str] = field(default=None, repr=False)
    model: Optional[str] = None
    project: Optional[str] = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    request: Optional[Given] = field(default=None, repr=False)
    run_helper: bool = False
    salt: str = field(default="", repr=False)  # a team's own: the fingerprints of secrets are made with it
