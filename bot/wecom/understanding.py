"""Handles answers of WeCom that are not of the documented shape.

Callers expect only WeComError: a missing field must fail no more than the one question.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar

from bot.errors import Unreadable, where

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C")
ODD = (LookupError, ValueError, TypeError, AttributeError, OverflowError)


def understood(ask: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """`ask`, made to raise Unreadable when it stumbles over an answer."""
    api = ask.__qualname__

    @wraps(ask)
    async def asked(*values: P.args, **named: P.kwargs) -> T:
        try:
            return await ask(*values, **named)
        except ODD as error:
            _tell(api, error)
            # "from None": it may quote what somebody wrote.
            raise Unreadable(type(error).__name__, api) from None

    return asked


def understanding(asks: type[C]) -> type[C]:
    """A class with all of its questions `understood`."""
    for name, ask in [*vars(asks).items()]:
        if iscoroutinefunction(ask) and not name.startswith("_"):
            setattr(asks, name, understood(ask))
    return asks


def readable(read: Callable[[Any], T], items: Iterable[Any]) -> list[T]:
    """What `read` makes of each item, without unreadable ones: one must not hide thousands of
    others."""
    found, odd = [], []
    for item in items:
        try:
            found.append(read(item))
        except ODD as error:
            odd.append(error)
    if odd:
        _tell(read.__qualname__, odd[0], len(odd))
    return found


def _tell(what: str, error: Exception, times: int = 1) -> None:
    extra = {"action": "wecom.answer", "what": what, "at": where(error), "times": times}
    log.error("an answer of WeCom's has another shape: %s", type(error).__name__, extra=extra)
