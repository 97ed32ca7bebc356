"""Limits how often pages ask WeCom about somebody whom we do not know."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.clock import Clock
from bot.errors import Declined, WeComError
from bot.touch.pace import Pace

AGAIN_S = 30.0
KEPT = 10_000
A_MINUTE, AN_HOUR = 30, 300  # questions for one visitor; a chat that is opened costs two
Answer = bool | tuple[int, str, str]  # or the error


class Asking:
    """Opening strangers' chats one after another must not use up our calls, nor must opening one
    again and again that WeCom refuses to tell about."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._pace = clock, Pace(A_MINUTE, AN_HOUR)
        self._told: OrderedDict[tuple[str, str], tuple[float, Answer]] = OrderedDict()

    async def once(self, who: str, about: str, ask: Callable[[], Awaitable[bool]]) -> bool:
        """What `ask` returns, or what it returned to `who` less than AGAIN_S ago.

        Raises:
            WeComError: what it raised, or raised then.
            Declined: they have asked about too many.
        """
        now, pair = self._clock.timestamp(), (who, about)
        until, answer = self._told.get(pair, (0.0, False))
        if now >= until:
            if self._pace.take(who, now):
                raise Declined(
                    "您刚才打开了太多不认识的客户或群，请过几分钟再试。",
                    "You have opened too many strangers' chats: try again in some minutes.",
                    429,
                )
            answer = await _answer(ask)
            self._told[pair] = now + AGAIN_S, answer
            self._told.move_to_end(pair)
            while len(self._told) > KEPT:
                self._told.popitem(last=False)
        if isinstance(answer, tuple):
            raise WeComError(*answer)
        return answer


async def _answer(ask: Callable[[], Awaitable[bool]]) -> Answer:
    try:
        return await ask()
    except WeComError as error:
        return error.errcode, error.errmsg, error.api
