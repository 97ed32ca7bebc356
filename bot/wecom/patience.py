"""Retries for work that has all night."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.clock import Clock
from bot.errors import NoAnswer, TryLater, Unreadable

T = TypeVar("T")
TRIES = 6
PAUSE_S = 5.0  # before the next try, where WeCom gave no answer


async def patiently(clock: Clock, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again if a call fails for a passing reason.

    Raises:
        WeComError: what does not pass with time, or has not passed after some tries.
    """
    for _ in range(TRIES - 1):
        try:
            return await ask()
        except TryLater as error:
            await clock.sleep(error.after_s)
        except Unreadable:
            raise
        except NoAnswer:
            await clock.sleep(PAUSE_S)
    return await ask()
