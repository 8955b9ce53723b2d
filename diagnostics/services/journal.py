"""What is deleted leaves SQLite's journal, too: the pages as they were stand there until they are written over."""

from __future__ import annotations

import time

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

_TRIES, _WAITS = 5, 0.1  # seconds; whoever deleted something waits for this


def empty() -> None:
    """Write the journal back and cut it to nothing, once what is under way is committed. PostgreSQL has none of that kind.

    Where somebody reads all the while it stays, and is written over as it goes round.
    """
    if connection.vendor == "sqlite":
        transaction.on_commit(lambda: write_back(connection))


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
