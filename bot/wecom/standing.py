"""Whether WeCom accepts our calls, for whoever monitors the bot."""

from collections.abc import Mapping

from bot.clock import Clock
from bot.errors import NoAnswer, Refused, TokenRejected, TryLater, WeComError
from bot.wecom.errcodes import CORP_WIDE

KEPT_S = 7200.0  # longer than any block, and than a wrong secret waits for its next try
TOKEN = "gettoken"
WHOLE = CORP_WIDE - {48002}  # an app for which WeCom says so has not one call left


class Standing:
    """Trouble with one message or one customer does not count here."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refused: dict[str, tuple[int, float]] = {}

    def note(self, api: str, error: WeComError | None) -> None:
        """Note how a call ended; None: well."""
        if isinstance(error, (NoAnswer, TryLater)) or (isinstance(error, Refused) and error.alert):
            self._refused[api] = error.errcode, self._clock.timestamp()
        elif self._refused and not isinstance(error, TokenRejected):
            self._refused.pop(api, None)
            if api != TOKEN:  # that is asked without the address and the app being looked at
                self._refused = {
                    one: (code, at)
                    for one, (code, at) in self._refused.items()
                    if code not in WHOLE or one == TOKEN
                }

    @property
    def refused(self) -> Mapping[str, int]:
        """By API, the errcode of the last call if it failed; -2: there was no answer."""
        since = self._clock.timestamp() - KEPT_S
        return {api: code for api, (code, at) in self._refused.items() if at > since}

    @property
    def mute(self) -> int:
        """The errcode with which all calls of an app are refused; 0: none."""
        found = self.refused.values()
        return next((code for code in found if code in WHOLE), 0)
