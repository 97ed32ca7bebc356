"""How fast we may write into one chat. WeCom silently drops what comes faster (doc 90454)."""

from collections import OrderedDict
from collections.abc import Sequence

MINUTE, HOUR = 60.0, 3600.0
MOST = 20_000  # chats remembered


class Pace:
    """A sliding minute and a sliding hour for every chat."""

    def __init__(self, per_minute: int, per_hour: int) -> None:
        self._limits = (MINUTE, per_minute), (HOUR, per_hour)
        self.share(1)
        self._sent: OrderedDict[str, list[float]] = OrderedDict()

    def share(self, parts: int) -> None:
        """Use one of so many equal shares: other processes write to the same chats."""
        self._windows = [(span, max(1, most // parts)) for span, most in self._limits]
        self._free = min(most for _, most in self._windows)  # so few always fit

    def take(self, chat: str, now: float) -> float:
        """Count one message and return 0, or count nothing and return the seconds to wait."""
        sent = self._sent.get(chat)
        if sent is None:
            sent = self._sent[chat] = []
            if len(self._sent) > MOST:
                self._sent.popitem(last=False)
        else:
            self._sent.move_to_end(chat)
        if len(sent) >= self._free and (wait_s := self._wait_s(sent, now)) > 0:
            return wait_s
        sent.append(now)
        return 0.0

    def take_all(self, chats: Sequence[str], now: float) -> float:
        """`take` one message to each of these: for all of them or for none."""
        if len(chats) == 1:
            return self.take(chats[0], now)
        wait_s = max(self._wait_s(self._sent.get(chat, []), now) for chat in chats)
        if wait_s <= 0:
            for chat in chats:
                self.take(chat, now)
        return max(wait_s, 0.0)

    def _wait_s(self, sent: list[float], now: float) -> float:
        while sent and now - sent[0] >= HOUR:
            sent.pop(0)
        full = ((sent[-most], span) for span, most in self._windows if len(sent) >= most)
        return max((at + span - now for at, span in full), default=0.0)
