"""Whether the client's own way has worked from end to end: then nothing beside it can change the verdict any more."""

from __future__ import annotations

from collections.abc import Collection

from diagnostics.engine.records import Facts

PATIENCE = 2.0  # seconds that witnesses beside the path still have once it has worked
_SECURED = ("tls.handshake", "tls.client")
_LINE = ("tcp.samples", "tls.large", "tls.small")
_CREDENTIAL = ("request", "api.models", "api.count_tokens", "api.message")
_FIRST_RUN = ("hello.api", "hello.platform")


def path_worked(wanted: Collection[str], ended: Collection[str], facts: Facts) -> bool:
    """Whether every step of the client's path among the ``wanted`` probes has ended, and well.

    A token count that had nothing to count has no facts and is no objection; one that was refused is. The first-run
    check is on the path where the client makes it.
    """
    counts = facts.get("config.first_run_counts") is not False
    path = (*_SECURED, *_LINE, *_CREDENTIAL, *(_FIRST_RUN if counts else ()))
    if "api.models" not in wanted or any(name in wanted and name not in ended for name in path):
        return False
    counted = facts.get("api.count_tokens.accepted") is not False and "api.count_tokens.failure" not in facts
    secured = not any(f"{name}.failure" in facts for name in _SECURED)
    return (
        secured
        and facts.get("api.message.accepted") is not False
        and "api.message.failure" not in facts
        and counted
        and facts.get("api.models.accepted") is True
        and (not counts or facts.get("hello.ok") is True)
    )
