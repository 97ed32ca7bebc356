"""How fast one chat may be written to. WeCom drops silently what comes faster (doc 90454)."""

from collections import OrderedDict, deque

MOST = 20_000  # chats remembered


class Pace:
    """A sliding minute and a sliding hour for every chat."""

    def __init__(self, per_minute: int, per_hour: int) -> None:
        self._windows = ((60.0, per_minute), (3600.0, per_hour))
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, chat: str, now: float) -> float:
        """Count one message and return 0, or count nothing and return the seconds to wait."""
        sent = self._sent.setdefault(chat, deque())
        self._sent.move_to_end(chat)
        while sent and now - sent[0] >= 3600:
            sent.popleft()
        full = [(sent[-most], span) for span, most in self._windows if len(sent) >= most]
        wait_s = max((at + span - now for at, span in full), default=0.0)
        if wait_s > 0:
            return wait_s
        sent.append(now)
        while len(self._sent) > MOST:
            self._sent.popitem(last=False)
        return 0.0
