"""What goes wrong again and again is told when it changes, and once an hour."""

from collections import Counter

from bot.clock import Clock

TELL_AGAIN_S = 3600.0


class Repeats:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._quiet_until: dict[object, float] = {}
        self._times: Counter[object] = Counter()

    def due(self, failure: object) -> int:
        """How often `failure` has come since it was told last, this time included; 0: it was told
        within the hour."""
        self._times[failure] += 1
        now = self._clock.timestamp()
        if now < self._quiet_until.get(failure, 0.0):
            return 0
        self._quiet_until[failure] = now + TELL_AGAIN_S
        return self._times.pop(failure)

    def over(self) -> bool:
        """All is well; whether it was not before."""
        failed = bool(self._quiet_until)
        self._quiet_until.clear()
        self._times.clear()
        return failed
