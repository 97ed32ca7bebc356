"""Events of our own: the time for something has come. The others are in bot.events."""

from dataclasses import dataclass
from datetime import datetime

from bot.events.event import Event

NOTE = "给自己的备忘"  # `why` of a reminder in free words that are not for the customer


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchDue(Event):
    """What was planned for a customer may be said now; its caps are reserved."""

    plan: str
    slot: str
    customer: str
    member: str  # who serves them; who gets the to-do, where it is one
    scenario: str
    script: str
    words: str = ""  # digest of what is said
    via: str  # service_session or staff_notice
    account: str = ""  # OpenKfId; "" = it is a notice
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderDue(Event):
    """A member is to be reminded now, of a customer or of something that waits."""

    customer: str  # "" = of none
    member: str
    script: str = ""  # what may be said; "" = `words`
    words: str = ""
    who: str  # has made it, by name; "" = the member
    why: str = ""  # of a note, or a to-do that was put off: `words` are for the member

    @property
    def is_note(self) -> bool:
        return self.why == NOTE


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMissed(Event):
    """A customer was added, but no callback told us: nobody has welcomed them."""

    member: str
    customer: str
    state: str = ""  # the channel code (联系我) they came by
    added_at: datetime
    away_from: datetime | None = None  # we were not there then; None: we were, and heard nothing
    away_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintDue(Event):
    """A customer complained, and somebody has to know: at once, and again if nobody answers."""

    case: int
    customer: str
    member: str  # who is told; "" = whoever is on duty
    group: str = ""  # the name of the group in which they complained; "" = in none
    words: str  # the customer's last ones
    sounds: bool = False  # they only sound displeased, and nobody has confirmed it
    late: bool = False  # nobody has answered in time: `member` leads who should have
    responsible: str = ""  # name of who should have; "" = whoever is on duty
    minutes: int  # in which an answer is expected


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteReady(Event):
    """A customer asked for a code of their own (老带新), and here it is."""

    customer: str
    account: str  # OpenKfId, where they asked
    link: str  # the picture of the code; "" = there is none, and `why`
    why: str = ""
    title: str = ""  # of the campaign
    until: str = ""  # its last day, as customers read it


@dataclass(frozen=True, slots=True, kw_only=True)
class MassDue(Event):
    """A mass message (企业群发) of a plan is due, to up to 10,000 customers of one member."""

    plan: str
    slot: str
    member: str  # who will be asked to confirm it
    chunk: int  # from 0
    task: str  # id in mass_task; whom it goes to stands in the touches with this task
    script: str
    own: str = ""  # the `words` of the script, where somebody wrote them for this one
