"""Big objects are freed in pieces, but nothing that somebody still holds."""

import gc
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from weakref import ref

import pytest

from bot.memory import alone, growing, leave_alone_what_stays, take_apart, working_aside


@pytest.fixture(autouse=True)
def ordinary_thresholds() -> Iterator[None]:
    """Whatever engine ran here before."""
    thresholds = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*thresholds)


class Node:
    def __init__(self, **parts: object) -> None:
        self.__dict__.update(parts)


def test_everything_that_nobody_else_holds_goes() -> None:
    leaf = Node()
    gone = ref(leaf)
    deep = Node(many={("a", 1): [{leaf}, (frozenset({leaf}), leaf)], "b": {"c": {}}})
    del leaf
    box: list[object] = [deep]
    del deep
    gc.disable()
    try:
        take_apart(box)
        assert gone() is None
    finally:
        gc.enable()
    assert box == []


def test_what_somebody_holds_stays_whole() -> None:
    shared = {"words": ["你好", {"more": [1, 2]}]}
    inner = Node(list=[1, 2])
    kept = inner.__dict__["list"]
    box: list[object] = [Node(one=shared, two=[shared, inner])]
    del inner
    take_apart(box)
    assert shared == {"words": ["你好", {"more": [1, 2]}]}
    assert kept == [1, 2]


def test_it_is_known_whether_somebody_holds_it() -> None:
    thing = Node()
    box = [thing]
    assert not alone(box)
    del thing
    assert alone(box)
    take_apart(box)
    holder = Node()
    take_apart([holder])
    assert isinstance(holder, Node)


def test_work_aside_leaves_everything_as_it_was() -> None:
    before = sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()
    with pytest.raises(ZeroDivisionError), working_aside():
        assert sys.getswitchinterval() < before[0]
        raise ZeroDivisionError
    assert (sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()) == before


def test_what_grows_within_another_or_beside_it_restores_too() -> None:
    before = gc.get_threshold()
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(growing())
        while_growing = gc.get_threshold()
        second.enter_context(growing())
        assert gc.get_threshold() == while_growing != before
        first.close()
        assert gc.get_threshold() == before
    assert gc.get_threshold() == before


def test_what_was_built_aside_is_left_alone_too() -> None:
    thresholds = gc.get_threshold()
    try:
        leave_alone_what_stays()
        frozen = gc.get_freeze_count()
        with working_aside():
            built = [Node() for _ in range(1000)]
        assert gc.get_freeze_count() >= frozen + len(built)
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
