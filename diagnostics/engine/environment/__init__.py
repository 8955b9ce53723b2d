"""What a machine and its configuration look like to a client: ``capture()`` and what it takes."""

from diagnostics.engine.environment.asked import Asked
from diagnostics.engine.environment.capture import capture
from diagnostics.engine.environment.identity import UnknownClient
from diagnostics.engine.environment.machine import Machine, registered, this_machine
from diagnostics.engine.environment.others import other_clients
from diagnostics.engine.environment.summary import summarise

__all__ = ["Asked", "Machine", "UnknownClient", "capture", "other_clients", "registered", "summarise", "this_machine"]
