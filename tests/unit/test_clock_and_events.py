"""Time that only a test moves, and events that survive the table."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import ManualClock, SystemClock
from bot.events import Channel, Event
from bot.events.encoding import KINDS, decode, encode

START = datetime(2026, 1, 1, tzinfo=UTC)


async def test_sleepers_wake_in_their_order_each_at_its_own_moment() -> None:
    clock, woken = ManualClock(START), list[tuple[str, float]]()

    async def sleep(name: str, *spans: float) -> None:
        for span in spans:
            await clock.sleep(span)
            woken.append((name, (clock.now() - START).total_seconds()))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sleep("a", 3, 3))
        tasks.create_task(sleep("b", 1, 1))
        await clock.advance(10)
    assert woken == [("b", 1), ("b", 2), ("a", 3), ("a", 6)]
    assert clock.now() == START + timedelta(seconds=10)


async def test_a_jump_wakes_each_sleeper_once_and_late() -> None:
    clock, woken = ManualClock(START), list[float]()

    async def beat() -> None:
        for _ in range(2):
            await clock.sleep(10)
            woken.append((clock.now() - START).total_seconds())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(beat())
        await clock.jump(START + timedelta(days=1))
        await clock.jump(START)  # that is past
        assert woken == [86_400]
        await clock.advance(10)
    assert woken == [86_400, 86_410]


async def test_time_stands_still_otherwise() -> None:
    clock = ManualClock(START)
    await clock.sleep(0)
    assert clock.now() == START
    assert clock.timestamp() == START.timestamp()


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 1, 1))  # noqa: DTZ001 the mistake on trial


async def test_the_system_clock_is_aware_and_moves() -> None:
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(0)
    assert before.tzinfo is UTC
    assert clock.timestamp() >= before.timestamp()


TEXT, NUMBER = st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**53), 2**53)
MOMENT = st.datetimes(timezones=st.just(UTC))
# By the type of a field; made once, as that takes longer than to draw from them.
VALUES: dict[str, st.SearchStrategy[object]] = {
    "str": TEXT,
    "int": NUMBER,
    "bool": st.booleans(),
    "datetime": MOMENT,
    "Channel": st.sampled_from(Channel),
    "tuple[str, ...]": st.lists(TEXT).map(tuple),
    "tuple[int, ...]": st.lists(NUMBER).map(tuple),
    "dict[str, str]": st.dictionaries(TEXT, TEXT),
    "dict[str, typing.Any]": st.dictionaries(
        TEXT, st.one_of(TEXT, NUMBER, st.booleans(), st.lists(TEXT), st.none())
    ),
    "dict[str, tuple[str, ...]]": st.dictionaries(TEXT, st.lists(TEXT).map(tuple)),
    "int | None": st.none() | NUMBER,
    "datetime.datetime | None": st.none() | MOMENT,
}


def events(kind: type[Event]) -> st.SearchStrategy[Event]:
    hints = {name: field.type for name, field in kind.__dataclass_fields__.items()}
    return st.builds(kind, **{name: values(hint) for name, hint in hints.items()})


def values(hint: object) -> st.SearchStrategy[object]:
    if isinstance(hint, type) and not hasattr(hint, "__args__"):
        return VALUES[hint.__name__]
    return VALUES[str(hint)]


EVENTS = {name: events(kind) for name, kind in KINDS.items()}


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
@settings(max_examples=20)
def test_every_event_comes_back_from_the_table_as_it_went(kind: str, data: st.DataObject) -> None:
    event = data.draw(EVENTS[kind])
    assert decode(kind, encode(event)) == event
