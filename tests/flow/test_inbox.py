"""The inbox that is a table: each event is taken once and in order, also after a restart."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import background
from bot.clock import ManualClock, turn
from bot.events import Event
from bot.inbox import TableInbox
from bot.store.database import open_database
from bot.store.journal import Journal, Write
from tests.databases import BOTH, store_url
from tests.engine import asked

CLOCK = ManualClock()


@pytest.mark.parametrize("kind", BOTH)
async def test_an_event_is_taken_once_however_often_it_comes(tmp_path: Path, kind: str) -> None:
    async with open_database(store_url(tmp_path, kind=kind)) as connection:
        journal = Journal(connection)
        inbox = TableInbox(journal, CLOCK)
        async with background(journal.run):
            event = asked(1, "在吗", CLOCK)
            assert await inbox.put([event, event]) == [True, True]  # both are that one row
            assert await inbox.put([event]) == [False]
            assert await inbox.take() == [event]
            assert await inbox.put([event]) == [False]
            other = asked(2, "在吗", CLOCK)
            await inbox.put([other])
            assert await inbox.take() == [other]


@pytest.mark.parametrize("kind", BOTH)
async def test_after_a_restart_what_was_not_done_is_taken_again_in_order(
    tmp_path: Path, kind: str
) -> None:
    events = [asked(number, "在吗", CLOCK) for number in range(20)]
    async with open_database(store_url(tmp_path, kind=kind)) as connection:
        journal = Journal(connection)
        async with background(journal.run):
            await TableInbox(journal, CLOCK).put(events)
            finished = [("{}", 1.0, event.id) for event in events[::2]]
            await journal.write(Write(finished=finished))
    async with open_database(store_url(tmp_path, kind=kind)) as connection:
        journal = Journal(connection)
        async with background(journal.run):
            inbox = TableInbox(journal, CLOCK)
            assert await inbox.take() == events[1::2]
            later = asked("later", "在吗", CLOCK)
            await inbox.put([later])
            assert await inbox.take() == [later]


async def test_what_was_committed_while_the_table_was_read_overtook_what_was_told_of(
    tmp_path: Path,
) -> None:
    """Two commits were seen by one reading, and the inbox was told of the first alone by then."""
    first, second = (asked(number, "在吗", CLOCK) for number in (1, 2))
    async with open_database(f"sqlite://{tmp_path}/a.db") as connection:
        journal = Journal(connection)
        async with background(journal.run), asyncio.TaskGroup() as tasks:
            await TableInbox(journal, CLOCK).put([first, second])
            inbox = TableInbox(journal, CLOCK)
            taking = tasks.create_task(inbox.take())
            await turn()
            assert inbox.open, "whoever waited until all was settled waited for none of them"
            told = inbox.write_of([first]).then
            assert told is not None
            told({first.id})
            assert await taking == [first, second]


@settings(max_examples=20, deadline=None)
@given(
    plan=st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=8),
    room=st.integers(1, 8),
)
async def test_a_flood_is_taken_whole_and_in_order(
    plan: list[tuple[int, bool]], room: int
) -> None:
    """However little is kept in memory, and whenever work is finished."""
    with TemporaryDirectory() as folder:
        async with open_database(f"sqlite://{folder}/a.db") as connection:
            journal = Journal(connection)
            inbox = TableInbox(journal, CLOCK, room=room)
            put: list[Event] = []
            taken: list[Event] = []

            async def take() -> None:
                got = await inbox.take()
                taken.extend(got)
                await finish(journal, inbox, [event.id for event in got])

            async with background(journal.run):
                for size, work in plan:
                    batch = [asked(len(put) + one, "?", CLOCK) for one in range(size)]
                    put += batch
                    await inbox.put(batch)
                    if work:
                        await take()
                while len(taken) < len(put):
                    await take()
            assert taken == put


async def finish(journal: Journal, inbox: TableInbox, ids: list[str]) -> None:
    await journal.write(
        Write(finished=[("{}", 1.0, one) for one in ids], then=lambda fresh: inbox.done(ids))
    )
