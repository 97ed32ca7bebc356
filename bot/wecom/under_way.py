"""One call to WeCom for all who want the same at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot.errors import NoAnswer, WeComError

T = TypeVar("T")


class UnderWay(Generic[T]):
    """Calls that have not been answered yet, each under its key.

    Args:
        api: which one is called.
    """

    def __init__(self, api: str) -> None:
        self._api = api
        self._answers: dict[str, asyncio.Future[T]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._answers

    async def once(self, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        """What `ask` returns; callers who meet here share one answer, and its failure too.

        Raises:
            WeComError: as `ask`; or the caller who asked was cancelled, and others may try again.
        """
        if (under_way := self._answers.get(key)) is not None:
            return await asyncio.shield(under_way)
        shared: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._answers[key] = shared
        try:
            shared.set_result(await ask())
        except WeComError as error:
            shared.set_exception(error)
        finally:
            del self._answers[key]
            if not shared.done():
                shared.set_exception(NoAnswer("broken off", self._api, sent=False))
            shared.exception()  # perhaps nobody else waits for it
        return await shared
