"""Practice: a prepared customer asks, a colleague answers, a score compares with the library."""

import asyncio
import random
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from rapidfuzz import fuzz

from bot.demo.stage import Stage
from bot.mockwecom.chats import Line
from bot.scripts.decision import Decision
from bot.scripts.normalise import normalise
from bot.scripts.script import Facts
from bot.scripts.templates import SAMPLE_INVITE

NAMES = ("练习·小叶", "练习·老吴", "练习·Mia", "练习·陈姐")
RULES = tomllib.loads(Path(__file__).with_name("practice.toml").read_text("utf-8"))
QUESTIONS: list[list[str]] = RULES["questions"]
READS_S = 2.0  # pause before the next question, as people make
HANDED_OVER = "转"  # said when passing the customer on: 转给、帮您转


@dataclass(slots=True, kw_only=True)
class Item:
    """One question and what became of it."""

    question: str
    asked_at: float  # Unix seconds; when the colleague could first see it
    scripts: tuple[str, ...]  # any of them is right; () if the library calls a person
    expected: str  # the first one's words
    answer: str | None = None  # None: not yet
    by: str = ""  # sidebar | person
    seconds: float = 0.0
    similarity: float = 0.0  # 0..1
    score: int = 0


class Practice:
    """One round at a time, in the chat of a customer created for it."""

    NOTHING: ClassVar[dict[str, object]] = {
        "id": "",
        "running": False,
        "member": "",
        "chat": "",
        "total": 0,
        "most": len(QUESTIONS),
        "items": [],
        "score": 0,
    }

    def __init__(self, stage: Stage) -> None:
        self._stage, self._random = stage, random.Random()
        self._waiting: list[str] = []
        self._items: list[Item] = []
        self._member = self._customer = self._chat = ""
        self._total, self._round = 0, 0
        self._running = self._unseen = False
        self._sent = asyncio.Event()  # from the sidebar
        stage.corp.chats.followers.append(self._hear)

    def state(self) -> dict[str, object]:
        done = [item.score for item in self._items if item.answer is not None]
        return {
            "id": str(self._round or ""),
            "running": self._running,
            "member": self._member,
            "chat": self._chat,
            "total": self._total,
            "most": len(QUESTIONS),
            "items": list(map(asdict, self._items)),
            "score": round(sum(done) / len(done)) if done else 0,
        }

    async def start(self, member: str, count: int) -> dict[str, object]:
        """A new customer adds `member` and asks `count` questions, one after the other.

        Raises:
            ValueError: there is no such member, or `count` is not 1 to the number of questions.
        """
        if not 1 <= count <= len(QUESTIONS):
            raise ValueError(f"count is 1 to {len(QUESTIONS)}, not {count}")
        corp = self._stage.corp
        self._member, name = corp.member(member).userid, NAMES[self._round % len(NAMES)]
        self._customer = corp.add_customer(name=name)
        await corp.customer_adds_member(self._customer, self._member, "practice_1")
        drawn = self._random.sample(QUESTIONS, count)
        self._waiting = [self._random.choice(group) for group in drawn]
        self._items, self._total, self._running = [], count, True
        self._chat, self._round = f"contact:{self._member}:{self._customer}", self._round + 1
        await self._stage.settle()  # the welcome comes first
        self._ask()
        return self.state()

    def stop(self) -> dict[str, object]:
        self._running = False
        self._stage.corp.bell.ring()
        return self.state()

    def shown(self) -> None:
        """The sidebar shows the question now; time counts from here."""
        if self._unseen and self._items[-1].answer is None:
            self._items[-1].asked_at = self._stage.clock.timestamp()
            self._stage.corp.bell.ring()
        self._unseen = False

    async def run(self) -> None:
        """Go on after each answer from the sidebar, until cancelled. The bot hears of an answer a
        moment after the chat; a question between the two would count as answered."""
        while True:
            await self._sent.wait()
            self._sent.clear()
            asked = self._round
            await self._stage.clock.sleep(READS_S)
            if self._running and asked == self._round:
                self._ask()

    def _ask(self) -> None:
        if not self._waiting:
            self._running = False
            return
        question = self._waiting.pop(0)
        scripts = self._right(question)
        item = Item(
            question=question,
            asked_at=self._stage.clock.timestamp(),
            scripts=scripts,
            expected=self._wordings(scripts[0])[0] if scripts else "",
        )
        self._items.append(item)
        self._unseen = True
        self._stage.corp.chats.say(self._chat, self._customer, question)

    def _hear(self, line: Line) -> None:
        """Take what the colleague sends as the answer, but not the bot's welcome."""
        ours = self._running and line.chat == self._chat and line.sender == self._member
        if not ours or not self._items or line.by not in ("sidebar", "person"):
            return
        item = self._items[-1]
        if item.answer is not None:  # and the next question is not out yet
            return
        item.answer, item.by = line.text or f"[{line.kind}]", line.by
        item.seconds = self._stage.clock.timestamp() - item.asked_at
        item.similarity = self._alike(item)
        item.score = score_of(item.similarity, item.seconds)
        if line.by == "sidebar" and self._waiting:
            self._sent.set()
        else:
            self._ask()

    # What the library would say

    def _right(self, question: str) -> tuple[str, ...]:
        desk = self._stage.assistant.desk
        now = self._stage.clock.now().astimezone(desk.zone)
        facts = Facts(channel="contact", now=now)
        return chosen(desk.edition.matcher.decide(question, facts=facts))

    def _wordings(self, script_id: str) -> list[str]:
        """Its wordings for this customer and this member."""
        desk, corp = self._stage.assistant.desk, self._stage.corp
        member = desk.names.of(self._member, corp.member(self._member).name)
        values = {
            "customer": {"name": corp.people.customer(self._customer).name, "tags": ()},
            "member": {"name": member},
            "now": self._stage.clock.now().astimezone(desk.zone),
            **dict.fromkeys(("question", "words", "why"), ""),
            "titles": (),
            "invite": SAMPLE_INVITE,
        }
        script = desk.edition.library[script_id]
        voice = desk.voices.of(self._member)
        known = {**values, "persona": voice.persona or script.persona, "store": voice.values}
        return [desk.renderer.fill(script, variant, known) for variant in script.say]

    def _alike(self, item: Item) -> float:
        """Likeness to the nearest wording; if the library is silent: was a person called?"""
        said = normalise(item.answer or "")
        if not item.scripts:
            return 1.0 if HANDED_OVER in said else 0.5
        wordings = (normalise(text) for one in item.scripts for text in self._wordings(one))
        return max(fuzz.ratio(said, one) for one in wordings) / 100


def chosen(decision: Decision) -> tuple[str, ...]:
    """What the bot says, or offers in a menu, or would if it did not call a person for the sound
    of it; () if a person has to judge."""
    if decision.match is not None:
        return (decision.match.script_id,)
    close = decision.band == "ask" or (decision.sounds and decision.bar != "ask")
    offered = decision.candidates if close else ()
    return tuple(one.script_id for one in offered)


def score_of(similarity: float, seconds: float) -> int:
    """0 to 100."""
    full, none, share = (float(RULES[name]) for name in ("full_s", "none_s", "time_share"))
    speed = min(1.0, max(0.0, (none - seconds) / (none - full)))
    right = 1.0 if similarity >= 0.97 else similarity  # a name or a comma is no mistake
    return round(100 * right * (1 - share + share * speed))
