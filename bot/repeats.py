"""Repeated failures: told when they change, and once in a while."""

import logging
from collections import Counter

from bot.clock import Clock

TELL_AGAIN_S = 3600.0


class Repeats:
    """
    Args:
        again_s: between two reports of the same failure.
    """

    def __init__(self, clock: Clock, again_s: float = TELL_AGAIN_S) -> None:
        self._clock, self._again_s = clock, again_s
        self._quiet_until: dict[object, float] = {}
        self._times: Counter[object] = Counter()

    def due(self, failure: object) -> int:
        """How often `failure` came since the last report, this time included; 0: that was a short
        while ago."""
        self._times[failure] += 1
        now = self._clock.timestamp()
        if now < self._quiet_until.get(failure, 0.0):
            return 0
        self._quiet_until[failure] = now + self._again_s
        return self._times.pop(failure)

    def over(self) -> bool:
        """All is well again; returns whether it was not before."""
        failed = bool(self._quiet_until)
        self._quiet_until.clear()
        self._times.clear()
        return failed


class Refusals:
    """Refusals at the public edge: one log line a minute, however often strangers try.

    Args:
        what: what is refused, in the plural: "callbacks".
        action: of the log lines.
    """

    def __init__(self, clock: Clock, log: logging.Logger, what: str, action: str) -> None:
        self._repeats = Repeats(clock, 60.0)
        self._log, self._what, self._action = log, what, action

    def note(self, reason: str) -> None:
        """`reason` is one of a few of ours, and holds nothing of what was sent."""
        if times := self._repeats.due(reason):
            extra = {"action": self._action, "reason": reason, "times": times}
            self._log.warning("refused %d %s: %s", times, self._what, reason, extra=extra)
