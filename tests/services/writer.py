"""A process that takes edits and acknowledges them in a file, until somebody kills it: what `test_editing.py` runs."""

import asyncio
import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

from bot.delivery.database import Database
from bot.delivery.journal import SqlJournal
from bot.delivery.ledger import SqlDeliveries
from bot.release.edits import AddDependency
from bot.services.clock import SystemClock
from bot.services.editing import Editing
from bot.services.planning import Planning
from bot.services.ports import Author, Entry, StoreUnavailableError
from bot.store import locate, open_store
from tests.store.kit import NOON, render

BO = Author("Bo Lind", "bo@example.org", "U0BO00001", "T0TEAM")


def entry(number: int, at: datetime = NOON) -> Entry:
    """Edits that never touch the same field."""
    return Entry("summit", AddDependency(f"edit-{number}", at, "server", f"lib-{number}", None), BO, None, at)


async def _take(url: str, remote: str, folder: str, note: str, begin: int, count: int) -> None:
    clock = SystemClock()
    database = Database(url)
    ledger = SqlDeliveries(database, clock)
    store = open_store(locate(remote, cache_dir=Path(folder) / "victims"), render, durable=False, deadline=5.0)
    planning = Planning(store, clock)
    with contextlib.suppress(StoreUnavailableError):
        await planning.refresh()
    editing = Editing(planning, SqlJournal(database, ledger), clock)
    for number in range(begin, begin + count):
        edit = entry(number, datetime.now(UTC)).edit
        await editing.submit("summit", edit, BO)
        with Path(note).open("a") as acknowledged:
            acknowledged.write(f"{edit.id}\n")


def main(url: str, remote: str, folder: str, note: str, begin: int, count: int) -> None:
    """Take `count` edits and end. In a process group of its own, to be killed with all that it has started."""
    os.setpgrp()
    asyncio.run(_take(url, remote, folder, note, begin, count))
