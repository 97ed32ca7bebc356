"""How sending fails in stories of the sender, and how far it has come."""

from collections.abc import Awaitable, Callable

from bot.clock import Clock
from bot.errors import WeComError
from bot.events import SessionEntered
from bot.outbox import Message
from bot.store.models import MessageState
from bot.touch.policy import Via
from tests.engine import Behave, Engine


def failing(*errors: WeComError) -> Behave:
    """A way that raises these one after the other, then succeeds."""
    left = list(errors)

    async def behave(message: Message) -> None:
        if left:
            raise left.pop(0)

    return behave


async def states(parts: Engine) -> list[tuple[str, int]]:
    rows = await parts.rows("SELECT via, state FROM message ORDER BY seq")
    return [(row["via"], row["state"]) for row in rows]


def entered(customer: str, clock: Clock) -> SessionEntered:
    return SessionEntered(
        id=f"entered:{customer}", at=clock.now(), conversation=f"kf:wk1:{customer}", account="wk1",
        customer=customer, welcome_code="CODE",
    )  # fmt: skip


def reached(parts: Engine, tries: int) -> Callable[[], Awaitable[bool]]:
    async def happened() -> bool:
        await parts.journal.drain()
        rows = await parts.rows("SELECT coalesce(sum(attempts), 0) AS n FROM message")
        return bool(rows[0]["n"] >= tries)

    return happened


def number_of_messages(parts: Engine, number: int) -> Callable[[], Awaitable[bool]]:
    async def happened() -> bool:
        return len(await parts.rows("SELECT id FROM message")) == number

    return happened


def number_sent(parts: Engine, number: int) -> Callable[[], Awaitable[bool]]:
    async def happened() -> bool:
        return len(parts.sent) >= number

    return happened


def stand_at(parts: Engine, via: Via, state: MessageState) -> Callable[[], Awaitable[bool]]:
    async def happened() -> bool:
        return await states(parts) == [(via.value, state)]

    return happened
