"""What we refused at the public edge: one log line a minute, however hard they knock."""

import logging
from collections import Counter

from bot.clock import Clock

_QUIET_S = 60  # between two log lines with the same reason


class Refusals:
    """
    Args:
        what: is refused, in the plural: "callbacks".
        action: of the log lines.
    """

    def __init__(self, clock: Clock, log: logging.Logger, what: str, action: str) -> None:
        self._clock, self._log, self._what, self._action = clock, log, what, action
        self._times: Counter[str] = Counter()
        self._quiet_until: dict[str, float] = {}

    def note(self, reason: str) -> None:
        """`reason` is one of a few of ours, and holds nothing of what was sent."""
        self._times[reason] += 1
        now = self._clock.timestamp()
        if now >= self._quiet_until.get(reason, 0):
            self._quiet_until[reason] = now + _QUIET_S
            times = self._times.pop(reason)
            extra = {"action": self._action, "reason": reason, "times": times}
            self._log.warning("refused %d %s: %s", times, self._what, reason, extra=extra)
