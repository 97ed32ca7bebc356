"""A handler that neither ends nor awaits holds up everything: it is interrupted in its midst."""

import asyncio
import signal
from threading import current_thread, main_thread
from typing import Any

from bot.clock import SystemClock
from bot.errors import BotError

# What a handler is at in each task; our own code around it is interrupted nowhere.
AT_WORK: dict[asyncio.Task[Any] | None, object] = {}
# Together less than a lease of several machines has left, or the event goes round among them.
FIRST_S, AGAIN_S = 3.0, 2.0


class Interrupted(asyncio.CancelledError):
    """Told to a handler that has caught the error: `except Exception` lets this one pass."""


async def interrupt_blocking(first_s: float = FIRST_S, again_s: float = AGAIN_S) -> None:
    """Raise an error in a handler if the loop has not turned for `first_s`, and it is still at the
    same `again_s` later.

    Between the two the loop turns if it was not the handler that stood still but all of the
    program. Whoever catches the error meets another one after `again_s`.
    """
    if not hasattr(signal, "setitimer") or current_thread() is not main_thread():
        return  # Windows; Python interrupts no other thread
    loop, caught = asyncio.get_running_loop(), False
    met: object = None

    def ring(*_: object) -> None:
        nonlocal met, caught
        signal.setitimer(signal.ITIMER_REAL, again_s)
        work = AT_WORK.get(asyncio.current_task(loop))
        if work is None or work is not met:
            met, caught = work, False
            return
        kind, caught = Interrupted if caught else BotError, True
        raise kind(
            f"it held up everything for {first_s + again_s:g} s. Let it await, or work in a "
            "thread: await asyncio.to_thread(…)"
        )

    before = signal.signal(signal.SIGALRM, ring)
    try:
        while True:
            met = None
            signal.setitimer(signal.ITIMER_REAL, first_s)
            await SystemClock().sleep(first_s / 3)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
