"""One exchange: what somebody did, what reached whom as a result, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.demo.reasons import Reason
from bot.demo.stage import NAMES
from bot.mockwecom.record import Delivery
from bot.reasons import Why
from bot.touch.policy import Via

VIA = {
    "externalcontact/send_welcome_msg": Via.WELCOME_CODE,
    "kf/send_msg": Via.SERVICE_SESSION,
    "kf/send_msg_on_event": Via.SERVICE_CODE,
    "aibot/response": Via.BOT_REPLY,
    "message/send": Via.STAFF_NOTICE,
    "externalcontact/add_msg_template": Via.STAFF_TASK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    kind: str
    text: str
    via: str  # "servicer" if a person wrote it
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    title: Title
    at: datetime
    channel: str
    who: str
    event: str  # what they did; "" if they only wrote
    text: str  # what they wrote, one line per message
    answers: tuple[Answer, ...]  # what was really delivered, in order
    why: Why
    script: str  # the first one said; "" for silence

    @classmethod
    def of(
        cls,
        title: Title,
        *,
        why: Why | None = None,
        at: datetime,
        channel: str,
        who: str,
        event: str = "",
        texts: Sequence[str] = (),
        deliveries: Sequence[Delivery],
        reasons: Sequence[Reason],
    ) -> "Exchange":
        # The pieces of one question share one reason.
        whys = [why] if why else list(dict.fromkeys(reason.why for reason in reasons))
        scripts = [script for reason in reasons for script in reason.scripts]
        return cls(
            title=title,
            at=at,
            channel=channel,
            who=NAMES[who],
            event=event,
            text="\n".join(texts),
            answers=tuple(map(answer_of, deliveries)),
            why=Why(zh=" → ".join(why.zh for why in whys), en=" → ".join(why.en for why in whys)),
            script=scripts[0] if scripts else "",
        )


def answer_of(delivery: Delivery) -> Answer:
    via = VIA.get(delivery.api, delivery.api)
    return Answer(
        kind=delivery.kind, text=delivery.text, via=str(via), to=NAMES.get(delivery.to, "")
    )
