"""What garbage collector and allocator may do while somebody waits for an answer.

A library of 100,000 scripts and its index are millions of objects. When the collector walks
through them, or the interpreter frees them at once, every thread stands still for a second.
"""

import gc
import linecache
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SELDOM = (20_000, 20, 20)
SWITCH_S = 0.0005  # what the event loop waits for another thread to let it in; usually 5 ms
YOUNG = (5_000, 1_000_000, 1_000_000)  # those that survive once are left for afterwards


def leave_alone_what_stays() -> None:
    """Scripts and modules stay: the collector need never look at them again, and less often at
    what events leave behind. It took a tenth of an event's time."""
    linecache.clearcache()  # sources, in which Tortoise looked for comments
    re.purge()  # expressions that nobody keeps
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


@contextmanager
def growing() -> Iterator[None]:
    """While something big is built, do not look again and again at what has survived once: that
    took a tenth of the time. May be nested, or overlap."""
    thresholds = gc.get_threshold()
    gc.set_threshold(*YOUNG)
    try:
        yield
    finally:
        if thresholds != YOUNG:  # or whoever began first restores them
            gc.set_threshold(*thresholds)


@contextmanager
def working_aside() -> Iterator[None]:
    """While a thread beside the event loop builds something big, or takes it apart."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(SWITCH_S)
    with growing():
        try:
            yield
        finally:
            if thresholds == SELDOM:  # what was built stays as well
                gc.freeze()
            sys.setswitchinterval(interval)


def alone(box: list[Any], place: int = -1) -> bool:
    """Whether `box` holds the only reference to its content."""
    return sys.getrefcount(box[place]) <= _ALONE


def take_apart(box: list[Any]) -> None:
    """Free what `box` holds, piece by piece, so that other threads can run in between.

    What somebody else holds too is only released: it stays whole, with all that it needs.
    """
    while box:
        if not (alone(box) and _holds_others(box[-1])):
            box.pop()
            continue
        match box.pop():
            case dict() as thing:
                while thing:
                    box += thing.popitem()
                    while box and not _holds_others(box[-1]):
                        box.pop()
            case list() | set() as thing:
                while thing:
                    box.append(thing.pop())
                    if not _holds_others(box[-1]):
                        box.pop()
            case thing:
                box += gc.get_referents(thing)
        del thing  # its last reference, before the next one is looked at


def _holds_others(thing: object) -> bool:
    return gc.is_tracked(thing) or isinstance(thing, dict | list | set | tuple | frozenset)


def _references() -> int:
    box = [object()]
    return sys.getrefcount(box[-1])


_ALONE = _references()
