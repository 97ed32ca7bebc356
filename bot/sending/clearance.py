"""The policy, asked a second time just before a message goes out: meanwhile the session may have
ended, a person may have taken over, or the message may have expired."""

from bot.clock import Clock
from bot.outbox import Message
from bot.sending.settlement import TOO_LATE, Result, outlived, refused
from bot.sessions import Sessions
from bot.store.models import MessageState
from bot.touch.pace import Pace
from bot.touch.platform import Platform
from bot.touch.policy import Outgoing, Refuse, Via, judge

_SERVICE_SESSION, _BOT_REPLY = Via.SERVICE_SESSION, Via.BOT_REPLY


class Clearance:
    """
    Attributes:
        withdrawn: messages that a person does not want sent any more: id → why.
    """

    def __init__(self, sessions: Sessions, limits: Platform, clock: Clock) -> None:
        self._sessions, self._limits, self._clock = sessions, limits, clock
        self.withdrawn: dict[str, str] = {}
        to_members = Pace(limits.app_per_minute, limits.app_per_hour)
        self._paces = {
            Via.BOT_REPLY: Pace(limits.bot_per_minute, limits.bot_per_hour),
            Via.APP_MESSAGE: to_members,
            Via.STAFF_NOTICE: to_members,
        }

    def share(self, parts: int) -> None:
        """So many processes write to the same members: each takes its share of the pace."""
        self._paces[Via.APP_MESSAGE].share(parts)  # the same one as of notices

    def held_back(self, message: Message, now: float) -> Result | None:
        """Why it may not go out at `now` (Unix seconds); None: it may."""
        if (end := self.ended(message)) is not None:
            return end
        if not (wait_s := self._wait_s(message, now)):
            return None
        if outlived(message, now + wait_s):
            return refused(TOO_LATE, now)
        return Result(MessageState.WAITING, now + wait_s, "pace")

    def ended(self, message: Message) -> Result | None:
        """Why it is not to be sent any more; None: it still is."""
        now = self._clock.timestamp()
        if (why := self.withdrawn.get(message.id)) is not None:
            return Result(MessageState.DEAD, now, f"by hand: {why}", told=False)
        speech = message.speech
        outgoing = Outgoing(
            via=message.via, since=speech.since, counted=True, beside_staff=speech.beside_staff
        )
        in_service = message.via is _SERVICE_SESSION
        session = self._sessions[message.conversation] if in_service else None
        verdict = judge(outgoing, session, self._limits, now)
        if isinstance(verdict, Refuse):
            return refused(verdict, now)
        return refused(TOO_LATE, now) if outlived(message, now) else None

    def _wait_s(self, message: Message, now: float) -> float:
        """Seconds until this chat may be written to again; WeCom counts by receiver."""
        speech, pace = message.speech, self._paces.get(message.via)
        if pace is None:
            return 0.0
        if message.via is _BOT_REPLY:
            return pace.take(message.conversation, now)
        chats = [f"{speech.account}:{member}" for member in speech.to.split("|")]
        return pace.take_all(chats, now)
