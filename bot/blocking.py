"""A handler that neither ends nor awaits holds up everything: it is interrupted in its midst."""

import asyncio
import signal
from threading import current_thread, main_thread

from bot.clock import SystemClock
from bot.errors import BotError

LANE = "lane"  # the name of the tasks in which handlers work
# Together less than a lease of several machines has left, or the event goes round among them.
FIRST_S, AGAIN_S = 3.0, 2.0


class Interrupted(asyncio.CancelledError):
    """Told to a handler that has caught the error: `except Exception` lets this one pass."""


async def interrupt_blocking(first_s: float = FIRST_S, again_s: float = AGAIN_S) -> None:
    """Raise an error in a handler during which the loop has not turned for `first_s + again_s`.

    Between the two the loop turns if it was not the handler that stood still but all of the
    program. Whoever catches the error meets another one after `again_s`.
    """
    if not hasattr(signal, "setitimer") or current_thread() is not main_thread():
        return  # Windows; Python interrupts no other thread
    loop, rings = asyncio.get_running_loop(), 0

    def ring(*_: object) -> None:
        nonlocal rings
        rings += 1
        signal.setitimer(signal.ITIMER_REAL, again_s)
        task = asyncio.current_task(loop)
        if rings > 1 and task is not None and task.get_name() == LANE:
            kind = BotError if rings == 2 else Interrupted
            raise kind(
                f"it held up everything for {first_s + again_s:g} s. Let it await, or work in a "
                "thread: await asyncio.to_thread(…)"
            )

    before = signal.signal(signal.SIGALRM, ring)
    try:
        while True:
            rings = 0
            signal.setitimer(signal.ITIMER_REAL, first_s)
            await SystemClock().sleep(first_s / 3)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
