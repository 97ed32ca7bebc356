"""All that a handler can do. Nothing here touches the network, and only `recall` reads the disk.

What a handler says, plans and decides is gathered; the dispatcher commits it whole, together
with "this event is done".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from bot import menu
from bot.calling import HANDED_OVER, NOTICE
from bot.customers.consent import Consent
from bot.customers.customers import Customer
from bot.desk import Desk, Key
from bot.errors import BotError
from bot.events import Event, GroupMessage, ReminderDue, SignalReceived, TouchDue
from bot.groups.talk import GroupTalk
from bot.outbox import Message, todo_of
from bot.outcome import Outcome
from bot.reasons import kept
from bot.scripts.decision import Decision, Match
from bot.scripts.follow_up import decide
from bot.scripts.normalise import has_reference
from bot.scripts.parts import asks
from bot.scripts.renderer import Words, fit, joined
from bot.scripts.script import Facts, Script
from bot.signals.following import follow
from bot.store.journal import Write
from bot.store.models import Source
from bot.store.scripts.learned import LONGEST, learned_row
from bot.store.scripts.versions import Act
from bot.stores.store import lacking, unsaid
from bot.touch.policy import (
    ALLOWED,
    NO_WAY,
    NOTHING_NEW,
    Outgoing,
    Refuse,
    Session,
    Verdict,
    Via,
    judge,
)
from bot.touch.touch import Scenario
from bot.ways import Way, channel_of, way_of

T = TypeVar("T")
_STAFF_TASK = Via.STAFF_TASK
SPOKEN = (  # scripts that the context itself says
    *("system/menu_head", "system/menu_tail"),
    *HANDED_OVER,
    "system/handover_todo",
)


class Context:
    """Of one event. `now` is in UTC, `facts.now` in the company's time; while the customer is
    unknown, `customer` is one with an id and nothing else."""

    def __init__(
        self, event: Event, desk: Desk, now: datetime, *, session: Session, customer: Customer
    ) -> None:
        self.event, self.now, self.customer = event, now, customer
        self._desk, self._edition = desk, desk.edition
        self.library = desk.edition.library
        self._session, self._said = session, session.said  # `_said` before this event
        self._at, self._since = now.timestamp(), event.at.timestamp()
        self._channel, self._member = channel_of(event), str(getattr(event, "member", ""))
        self._outcome = Outcome(
            event, session, self._at, customer.id, self._member, desk.settings.platform
        )
        self._voice = desk.voices.of(self._member, customer.member, customer.store)
        self._facts: Facts | None = None
        self._fields: Mapping[str, str] = {}  # of the customer, if a script prints any

    # ---- what a handler may ask

    def __getitem__(self, key: Key[T]) -> T:
        """An application service.

        Raises:
            BotError: nothing was provided under this key when the program was assembled.
        """
        try:
            return cast(T, self._desk.services[key])
        except KeyError:
            raise BotError(
                f"no service {key.name!r}: let `services` in handlers/__init__.py yield it"
            ) from None

    @property
    def staffed(self) -> bool:
        """Whether a person is serving this customer, or has been called."""
        return self._session.staffed

    @property
    def said(self) -> str:
        """The script that this customer was sent last, before this event; "" = none."""
        return self._said

    @property
    def expects_person(self) -> bool:
        """Whether the last script asked for something that a person has to deal with."""
        return self._said in self.library and self.library[self._said].then == "person"

    def replies(self, text: str, decision: Decision) -> bool:
        """Whether `text` may be what the last script asked for: a number in any words; else
        neither a question, nor a wish for something else, nor anything that calls a person by
        itself."""
        if not self.expects_person:
            return False
        calls = decision.bar in ("rule", "not_ours") and not decision.courtesy
        other = calls or asks(text) or decision.leads_on(self._said)
        return has_reference(text) or not other

    def chosen(self, text: str) -> str:
        """The script that `text` picks from the last menu: 2, 第二个, its title, or 是的 if it had
        one line; else ""."""
        return menu.chosen_of(text, self._session.offered, self.library)

    def declined(self, text: str) -> bool:
        """Whether `text` says that nothing in the last menu is meant."""
        offered = self._session.offered
        return bool(offered) and menu.turns_down(text, self._none(len(offered)), len(offered))

    def _none(self, items: int) -> str:
        none = menu.of_one(menu.NONE, self.library, items)
        return self.words(none) if none in self.library else ""

    @property
    def asked(self) -> str:
        """The question for which the last menu was shown, normalised; "" = there is none."""
        return self._session.asked

    def meant(self, decision: Decision) -> str:
        """The script of the last menu to which they return in their own words: the only one of it
        that comes close; else ""."""
        if meant := menu.meant_of(decision, self._session.offered):
            self.explain(meant=meant)
        return meant

    @property
    def consent(self) -> Consent:
        """Their wish for no more messages, or for more again; and complaints."""
        return Consent(
            self.event, self.customer, self._desk.manners, self._outcome.keep,
            self.explain, self._edition.matcher.recognised,
        )  # fmt: skip

    @property
    def group(self) -> GroupTalk:
        """What may be done about a message of a group.

        Raises:
            BotError: this event is none.
        """
        if not isinstance(self.event, GroupMessage):
            raise BotError(f"{type(self.event).__name__} is no message of a group")
        desk, outcome = self._desk, self._outcome
        return GroupTalk(
            self.event, desk.group_rules, self._edition.matcher,
            desk.names.all(), outcome.keep, self.explain,
            off=self.event.chat_id in desk.groups_off,
        )  # fmt: skip

    @property
    def facts(self) -> Facts:
        """Channel, local time and tags, by which the conditions of scripts are judged."""
        if self._facts is None:  # not cached_property: its lock costs more than the value
            now = self.now.astimezone(self._desk.zone)
            self._facts = Facts(channel=self._channel, now=now, tags=self.customer.tags)
        return self._facts

    def match(self, text: str) -> Match | None:
        """The script that surely answers `text`; None: a person should answer."""
        return self.decide(text).match

    async def ask_left(self, question: str) -> Verdict:
        """Offer a menu for what a message asked beyond what was answered."""
        decision = self._edition.matcher.decide(question, facts=self.facts)
        return await self.ask(decision, question) if decision.band == "ask" else NOTHING_NEW

    def decide(self, text: str) -> Decision:
        """Whether to answer, ask or hand over; kept with the event, to be explained later."""
        decision = decide(self._edition.matcher, text, self.facts, self.library, self._said)
        self._outcome.decision["match"] = kept(decision, self._edition.number)
        return decision

    # ---- what a handler may do

    async def say(
        self, script: str, /, *more: str, beside_staff: bool = False, **values: Any
    ) -> Verdict:
        """Say the words of `script` to whoever caused this event.

        Args:
            script: an id of scripts_library/.
            more: scripts that are said after it; in one message if there can be only one.
            beside_staff: may be said while a person is serving: for the line that announces them.
            values: further variables of the template.

        Returns:
            Allow; or why one of them may not be said, and then it is not queued.

        Raises:
            ScriptError: there is no such script, or it lacks a value.
        """
        chosen = self.library[script]
        if not chosen.when.holds(self.facts):
            return self._outcome.refuse(
                script, Refuse("when", "话术的使用条件不满足", "its `when`")
            )
        way = self._way(beside_staff=beside_staff)
        if isinstance(way, Refuse):
            return self._outcome.refuse(script, way)
        if missing := way.via is _STAFF_TASK and lacking(chosen, self._voice.values):
            return self._outcome.refuse(script, unsaid(missing))
        await self.recall(script, *more)
        words = self._words(chosen, values)
        if more and way.parts == 1:
            words = joined([words, *(self._words(self.library[one], values) for one in more)])
            self.explain(together=[script, *more])
            more = ()
        self._outcome.say(way, script, words, beside_staff)
        said = [await self.say(one, beside_staff=beside_staff, **values) for one in more]
        return next((one for one in said if isinstance(one, Refuse)), ALLOWED[way.via])

    async def ask(self, decision: Decision, left: str = "") -> Verdict:
        """Offer up to three questions as a menu, on channels that have menus (微信客服).

        `left` is the question that the menu is about, if the rest of the message was answered.
        """
        way = self._way(only=Via.SERVICE_SESSION)
        if isinstance(way, Refuse):
            return self._outcome.refuse(menu.HEAD, way)
        limits, library = self._desk.settings.platform, self.library
        items = menu.items_of(decision, library, self._said, limits.kf_menu_items)
        if {one.id for one in items}.issubset(self._session.offered):
            return self._outcome.refuse(menu.HEAD, NOTHING_NEW)
        head = self.words(menu.head_of(library, len(items), left), words=left)
        self._outcome.send(
            way.via, menu.HEAD, account=way.account, to=way.to,
            text=fit(head, limits.kf_menu_head_bytes, 1)[0],
            menu=menu.entries(items, self._none(len(items)), limits.kf_menu_item_bytes),
            tail=self.words("system/menu_tail"),
        )  # fmt: skip
        self._session.offered = tuple(item.id for item in items)
        asked = decision.normalised
        self._session.asked = asked if len(asked) <= LONGEST else ""
        return ALLOWED[way.via]

    def learn(self, script: str) -> None:
        """Note that the customer chose `script` from the last menu: evidence that it answers what
        they had asked. Call it before anything is said."""
        session = self._session
        if session.asked and script in session.offered:
            act = Act(who=self.customer.id, at=self._at)
            self._outcome.learned.append(learned_row(session.asked, script, Source.MENU, act))

    async def follow(self, signal: SignalReceived) -> None:
        """Do what the rules in config/signals.toml say of `signal`."""
        rules, zone = self._desk.signal_book.rules, self._desk.zone
        await follow(
            signal, self, rules, zone, keep=self._outcome.keep,
            ended_by_a_purchase=self._desk.ended_by_a_purchase,
        )  # fmt: skip

    async def hand_over(
        self, why: str, *, question: str = "", left: str = "", told: bool = False
    ) -> None:
        """Call a person: tell the customer (unless they were `told`), give the person the session,
        and tell whoever is on duty.

        `left` is the question for which the person is called, if the rest of a message was
        answered.
        """
        self.explain(handed_over=why)
        if self._session.staffed:
            return
        for script in () if told else self._outcome.announcing(self.library, left):
            said = await self.say(self.own(script), beside_staff=True, words=left)
            if not isinstance(said, Refuse) or said.rule != "when":
                break
        self._outcome.call()
        if "braked" not in self._outcome.decision:  # a complaint's own case tells of it
            noticed = "unwanted" in self._outcome.decision and NOTICE in self.library
            note = NOTICE if noticed else self.own("system/handover_todo")
            words = self.words(note, question=question, why=why)
            await self.remind("", words, why=why)

    async def remind(
        self, member: str, words: str, *, why: str, kind: str = "", alone: int = 3
    ) -> None:
        """Make a to-do for `member`, or for whoever is on duty ("").

        They get an app message about it if we can send one. In a burst, the first `alone` to-dos
        of one `kind` (by default: of one reason) are announced one by one and the rest in one
        message; 0: each by itself.
        """
        key, member = todo_of(self.event.id, len(self._outcome.todos)), self._desk.heir(member)
        about = self.customer.id, self.event.conversation
        outlasts = isinstance(self.event, TouchDue | ReminderDue | SignalReceived)
        self._outcome.todos.append((key, member, *about, why, words, self._at, outlasts))
        self.notify(member, words, key, kind=(kind or why) if alone else "", alone=alone)

    def notify(self, member: str, words: str, key: str = "", **burst: Any) -> None:
        """Tell `member`, or whoever is on duty, by app message if we can; without a to-do."""
        members = self._desk.receivers(member, self.customer.id)
        app = self._desk.settings.app
        if app is not None and members:
            text = fit(words, self._desk.settings.platform.app_text_bytes, 1)[0]
            burst |= {"account": str(app.agent_id), "to": "|".join(members), "text": text}
            self._outcome.send(Via.STAFF_NOTICE, "system/notice", key, **burst)

    def words(self, script: str, /, *, by_hand: str = "", **values: Any) -> str:
        """The filled-in text of `script`, for a to-do; nothing is said. Fields of the customer are
        printed only after `recall`.

        `by_hand` names a member who says it instead of the bot: it replaces their persona if none
        is set.

        Raises:
            ScriptError: there is no such script, or it lacks a value.
        """
        own = {"persona": self._voice.persona or by_hand} if by_hand else {}
        return self._words(self.library[script], {**own, **values}).text

    async def recall(self, *scripts: str) -> None:
        """Read the customer's fields that these scripts print; `say` does so by itself."""
        if (printing := self._desk.printing) and not self.library.printing.isdisjoint(scripts):
            scenario = getattr(self.event, "scenario", Scenario.REPLY)
            self._fields = await printing.of(self.customer.id, scenario)

    def own(self, script: str) -> str:
        """`script`, or what the library has instead for this channel: `script_bot`."""
        own = f"{script}_{self._channel}"
        return own if own in self.library else script

    def leave_to_staff(self) -> None:
        """Say nothing, because a person is serving or has been called."""
        served = "is serving" if self._session.servicer else "was called and has not come yet"
        self.keep_silent(f"a person {served}")

    def keep_silent(self, why: str, zh: str = "") -> None:
        """Note why nothing is said; readers of Chinese see `zh`, if it is given."""
        self.explain(silent=why, **({"silent_zh": zh} if zh else {}))

    def explain(self, **facts: object) -> None:
        """Note with the event why things went as they did."""
        self._outcome.decision.update(facts)

    # ---- for the dispatcher

    def close(self, ids: tuple[str, ...]) -> Write:
        """Everything gathered, as one write that also finishes the events `ids`."""
        return self._outcome.write(ids)

    def session_changed(self) -> None:
        self._outcome.session_changed = True

    @property
    def messages(self) -> list[Message]:
        return self._outcome.messages

    # ---- inside

    def _way(self, *, beside_staff: bool = False, only: Via | None = None) -> Way | Refuse:
        """The way back to whoever caused the event, if we may use it now."""
        limits = self._desk.settings.platform
        way = way_of(self.event, limits)
        if way is None or only not in (None, way.via):
            return NO_WAY
        outgoing = Outgoing(via=way.via, since=self._since, beside_staff=beside_staff)
        verdict = self._desk.stand_ins.refuse(way.via, way.account) or judge(
            outgoing, self._session, limits, self._at
        )
        return verdict if isinstance(verdict, Refuse) else way

    def _words(self, script: Script, values: Mapping[str, Any]) -> Words:
        one = self.customer
        known = {
            "customer": {"name": one.name, "tags": sorted(one.tags), **self._fields},
            "member": {"name": self._desk.names.of(self._member)},
            "now": self.facts.now,
            "persona": self._voice.persona or script.persona,
            "store": self._voice.values,
        }
        return self._desk.renderer.render(script, {**known, **values}, pick=self.event.id)
