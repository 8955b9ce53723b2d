"""What is deleted leaves SQLite's journal and its index of words, too.

The pages as they were stand in the journal until they are written over; and a word that is deleted from the index is at first only
marked as such: it stands there until parts of the index are written together, which may be never.
"""

from __future__ import annotations

import time

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

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
        with connection.cursor() as cursor:
            cursor.execute(_WRITE_TOGETHER)
    write_back(connection)


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
