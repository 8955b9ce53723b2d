"""What is deleted leaves SQLite's journal and its index of words, too.

The pages as they were stand in the journal until they are written over; and a word that is deleted from the index is at first only
marked as such: it stands there until parts of the index are written together, which may be never.
"""

from __future__ import annotations

import time

import structlog
from django.db import OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

log = structlog.get_logger(__name__)

_WRITE_TOGETHER = "INSERT INTO diagnostics_casefts(diagnostics_casefts) VALUES ('optimize')"
_TRIES, _WAITS = 5, 0.1  # seconds; whoever deleted something waits for this


def empty(words: bool = False) -> None:
    """Write the journal back and cut it to nothing, once what is under way is committed. PostgreSQL has none of that kind.

    Where somebody reads all the while it stays, and is written over as it goes round. `words`: cases or notes were deleted, so
    the index of their words is written anew before that; of 100,000 cases this takes two seconds.
    """
    if connection.vendor == "sqlite":
        transaction.on_commit(lambda: _forget(words))


def _forget(words: bool) -> None:
    if words:
        _write_together()
    write_back(connection)


def _write_together() -> None:
    """What was asked for is deleted by now: where somebody else writes for too long, the next deletion takes these words along."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE_TOGETHER)
    except OperationalError as error:
        log.warning("deleted_words_stay_in_index", error=str(error))


def write_back(database: BaseDatabaseWrapper) -> bool:
    """Whether SQLite's journal could be emptied."""
    with database.cursor() as cursor:
        waits = int(cursor.execute("PRAGMA busy_timeout").fetchone()[0])
        cursor.execute("PRAGMA busy_timeout=0")  # while it waited by itself, nobody could write
        try:
            for _ in range(_TRIES):
                if not cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    return True
                time.sleep(_WAITS)
        finally:
            cursor.execute(f"PRAGMA busy_timeout={waits}")
    return False
