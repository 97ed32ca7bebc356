"""How often pages may ask WeCom about somebody whom we do not know."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.clock import Clock

AGAIN_S = 30.0
KEPT = 10_000


class Asking:
    """Whoever opens strangers' chats one after another must not use up our calls."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: OrderedDict[tuple[str, str], tuple[float, bool]] = OrderedDict()

    async def once(self, who: str, about: str, ask: Callable[[], Awaitable[bool]]) -> bool:
        """What `ask` says, or what it said to `who` less than AGAIN_S ago."""
        now, pair = self._clock.timestamp(), (who, about)
        known = self._told.get(pair)
        if known is not None and now < known[0]:
            return known[1]
        answer = await ask()
        self._told[pair] = now + AGAIN_S, answer
        self._told.move_to_end(pair)
        while len(self._told) > KEPT:
            self._told.popitem(last=False)
        return answer
