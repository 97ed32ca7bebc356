"""Makes rows of what touches need to know of customers: whose contacts they are, what they want.

The rows are for `Write.more`, or for `Context.keep`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from bot.events import (
    Channel,
    CustomerAdded,
    CustomerLost,
    Event,
    GroupChanged,
    StaffReplied,
    StaffSent,
)
from bot.profile.fields import BIRTHDAY, Source
from bot.profile.phone import plain_phone
from bot.store.customers.stages import Held
from bot.store.desk.sent import used
from bot.store.groups.groups import changed
from bot.store.plans.spread import spread_of
from bot.store.states import OWN_CODES, TouchState
from bot.store.touch.brakes import BrakeKind
from bot.store.touch.statements import TouchRows, TouchStatement, merge
from bot.touch.touch import Touch

MOVED = "DELETE_BY_TRANSFER"  # by which a customer goes to another member (doc 92277)
KEPT = (TouchStatement.KEEP_PLACES,)
GIVEN_BACK = (TouchStatement.GIVE_BACK_PLACES, TouchStatement.EMPTY_PLACES)
BOUGHT = ("bought", "客户已经下单，后面的不再发", "they bought: the rest is not sent")


def met(customer: str) -> TouchRows:
    """Rows that make a customer known to us, if they are not yet."""
    return {TouchStatement.MEET: [(customer, spread_of(customer))]}


def contact(customer: str, member: str, added_at: float, state: str = "") -> TouchRows:
    """Rows that note that a member has a customer as a contact since `added_at` (Unix seconds).

    Args:
        state: the channel code (联系我) they came by.
    """
    rows: TouchRows = {
        TouchStatement.PUT_CONTACTS: [(customer, member, added_at, state)],
        TouchStatement.RECKON_CONTACTS: [(customer,)],
    }
    if state.startswith(OWN_CODES):  # also where no callback had told it
        rows[TouchStatement.PUT_INVITATIONS] = [(state, customer, member, added_at)]
    return merge(met(customer), rows)


def lost(customer: str, member: str, at: float) -> TouchRows:
    """Rows that note that customer or member has deleted the other, at `at` (Unix seconds)."""
    return {
        TouchStatement.LOSE_CONTACTS: [(at, customer, member)],
        TouchStatement.RECKON_CONTACTS: [(customer,)],
        TouchStatement.LEAVE_INVITATIONS: [(at, customer)],
    }


def bare(customer: str, member: str) -> TouchRows:
    """Rows for a member who has removed a customer: the tags that they gave are gone as well."""
    return {TouchStatement.PUT_CONTACT_TAGS: [("[]", customer, member)]}


def untold(customer: str, members: Iterable[str]) -> TouchRows:
    """Rows that forget which tags these members gave a customer, since we have changed them: WeCom
    has to be asked again."""
    return {TouchStatement.PUT_CONTACT_TAGS: [(None, customer, member) for member in members]}


def follow(event: Event) -> TouchRows | None:
    """Rows for what an event changes in what we know of a customer or a group; None: nothing."""
    match event:
        case CustomerAdded():
            at = event.at.timestamp()
            added = contact(event.customer, event.member, at, event.state)
            return merge(added, {TouchStatement.TALKED: [(event.member, event.customer)]})
        case CustomerLost():
            gone = lost(event.customer, event.member, event.at.timestamp())
            if event.source == MOVED:
                del gone[TouchStatement.LEAVE_INVITATIONS]
            return gone if event.by_customer else merge(gone, bare(event.customer, event.member))
        case GroupChanged():
            return changed(event)
        case StaffReplied():
            talked: TouchRows = {TouchStatement.TALKED: [(event.servicer, event.customer)]}
            at = event.at.timestamp()
            talked |= answered(event.customer, event.servicer, at, event.conversation, event.text)
            # In 微信客服 only a person's own words come as theirs.
            text = event.text.strip() if event.conversation.startswith("contact:") else ""
            closed = at, at, event.customer, event.conversation, text
            talked[TouchStatement.CLOSE_ANSWERED] = [closed]
            return merge(met(event.customer), talked)
        case StaffSent():
            sent = used(event)
            if not event.customer:
                return sent
            talked = {TouchStatement.TALKED: [(event.member, event.customer)]}
            talked |= answered(event.customer, event.member, event.at.timestamp())
            if event.words and not event.edited:
                talked |= said(event.customer, event.words, event.at.timestamp())
            return merge(merge(met(event.customer), talked), sent)
    return None


def described(
    customer: str,
    *,
    zone: str | None = None,
    birthday: str | None = None,
    store: str | None = None,
    unionid: str | None = None,
    phone: str | None = None,
) -> TouchRows:
    """Rows that write what is known of a customer; None leaves what was known before."""
    plain = None if phone is None else plain_phone(phone)
    row = (zone, birthday, store, unionid, plain, customer)
    return merge(met(customer), {TouchStatement.DESCRIBE: [row]})


def staged(customer: str, stage: str, zh: str, en: str, at: float) -> TouchRows:
    """Rows that set a customer's stage since `at` (Unix seconds) because of a signal, unless a
    person has set it."""
    signal = int(Held.SIGNAL)
    whom = (customer, stage, signal)
    return met(customer) | {
        TouchStatement.END_STAGE_DATES: [whom],
        TouchStatement.BEGIN_STAGE_DATES: [(*whom, at)],
        TouchStatement.PUT_STAGE_STEPS: [(*whom, at, signal, "", zh, en)],
        TouchStatement.PUT_STAGES: [(*whom, at, signal, zh, en)],
    }


def born(customer: str, birthday: str, source: Source, at: float) -> TouchRows:
    """Rows with a customer's birthday, as somebody told it at `at` (Unix seconds)."""
    row = (customer, BIRTHDAY, birthday, source.value, "", at, "")
    return merge(described(customer, birthday=birthday), {TouchStatement.PUT_FIELDS: [row]})


def purchased(customer: str, event: str, at: float) -> TouchRows:
    """Rows that note that a customer bought at `at` (Unix seconds), as the event with this id
    tells."""
    return met(customer) | {TouchStatement.PUT_PURCHASES: [(event, customer, at)]}


def tagged(customer: str, tags: Iterable[str], at: float) -> TouchRows:
    """Rows that give a customer these tags besides those that they have, new ones since `at` (Unix
    seconds)."""
    rows = [(tag, customer) for tag in tags]
    return merge(
        met(customer),
        {
            TouchStatement.FIRST_DATES: [(customer, f"tag:{tag}", at) for tag, _ in rows],
            TouchStatement.PUT_TAGS: rows,
            TouchStatement.RECKON_TAGS: [(customer,)],
        },
    )


def untagged(customer: str, tags: Iterable[str]) -> TouchRows:
    """Rows that take these tags from a customer."""
    rows = [(tag, customer) for tag in tags]
    return {
        TouchStatement.DROP_DATES: [(customer, f"tag:{tag}") for tag, _ in rows],
        TouchStatement.DROP_TAGS: rows,
        TouchStatement.RECKON_TAGS: [(customer,)],
    }


def opted_out(
    customer: str, at: float, words: str = "", *, again: bool = False, sounds: bool = False
) -> TouchRows:
    """Rows that note that a customer wants no more messages since `at` (Unix seconds).

    Args:
        words: what they wrote.
        again: if set, they want messages again.
        sounds: their words only sound so.
    """
    step = (customer, BrakeKind.OPT_OUT.value, int(not again), "", words, at, int(sounds))
    return merge(
        met(customer),
        {
            TouchStatement.OPT_OUT: [(None if again else at, customer)],
            TouchStatement.PUT_BRAKE_STEPS: [step],
        },
    )


def braked(customer: str, at: float, words: str = "", *, sounds: bool = False) -> TouchRows:
    """Rows for a customer who complained at `at` (Unix seconds), or whose words only sound so:
    nothing is sent to them unasked until a person lifts the brake (`bot.store.touch.brakes`)."""
    step = (customer, BrakeKind.COMPLAINT.value, 1, "", words, at, int(sounds))
    return merge(
        met(customer),
        {
            TouchStatement.BRAKE: [(at, customer)],
            TouchStatement.PUT_BRAKE_STEPS: [step],
        },
    )


def complained(event: Event, customer: str, words: str, told: str | None = None) -> TouchRows:
    """Rows that begin a complaint case with these words, or add them to the customer's open one.

    Responsible is the member to whom they wrote, else who serves them, else who owns the group.

    Args:
        told: the member who knows of it already; "" = whoever is on duty, None = nobody.
    """
    at, channel = event.at.timestamp(), event.conversation.partition(":")[0]
    to = str(getattr(event, "account", "")) if channel == Channel.CONTACT else ""
    case = (customer, channel, event.conversation, words, at, to, getattr(event, "member", ""))
    return {
        TouchStatement.PUT_CASES: [case],
        TouchStatement.PUT_CASE_WORDS: [(customer, event.id, words, at)],
        TouchStatement.HEAR_CASES: [(customer, words, at)],
        **({TouchStatement.TOLD_CASES: [(customer, told, at)]} if told is not None else {}),
    }


def answered(
    customer: str, who: str, at: float, conversation: str = "", text: str = ""
) -> TouchRows:
    """Rows that note that `who` wrote to a customer at `at` (Unix seconds): an open complaint
    waits for no answer any more.

    Args:
        text: what they wrote. If it is what the bot said in this `conversation` in their name, it
            is no answer.
    """
    row = who, at, customer, conversation, text.strip()
    return {TouchStatement.ANSWER_CASES: [row]}


def free(customer: str, until: float) -> TouchRows:
    """Rows that note that a customer certainly has time until `until` (Unix seconds)."""
    return merge(met(customer), {TouchStatement.FREE: [(until, customer)]})


def dated(customer: str, dates: Mapping[str, datetime], *, anew: bool = False) -> TouchRows:
    """Rows with dates of a customer, by the names under which plans know them.

    Args:
        anew: whether a date may also be replaced by an earlier one.
    """
    rows = [(customer, name, at.timestamp(), anew) for name, at in dates.items()]
    return met(customer) | {TouchStatement.PUT_DATES: rows}


def planned(touches: Iterable[Touch]) -> TouchRows:
    """Rows that plan touches for single customers; those planned already stay as they are."""
    rows = [
        (
            touch.plan,
            touch.customer,
            touch.slot,
            touch.scenario.rank,
            touch.script,
            touch.words,
            touch.member,
            touch.to,
            touch.due_at.timestamp(),
            touch.deadline.timestamp(),
        )
        for touch in touches
    ]
    return {TouchStatement.PUT_TOUCHES: rows}


def ended(customer: str, plan: str, rule: str, zh: str, en: str, at: datetime) -> TouchRows:
    """Rows that end a plan for a customer, for example because they answered."""
    row = (rule, zh, en, at.timestamp(), customer, plan)
    return {TouchStatement.DROP_TOUCHES: [row]}


def bought(customer: str, plans: Iterable[str], at: datetime, day: date) -> TouchRows:
    """Rows that drop what these plans (sequences) began for a customer up to that day and has not
    gone out, since they bought.

    Args:
        at: now.
        day: on which they bought, in the company's zone.
    """
    rows = [(*BOUGHT, at.timestamp(), customer, plan, day.isoformat()) for plan in plans]
    return {TouchStatement.END_SEQUENCES: rows}


def said(customer: str, words: str, at: float) -> TouchRows:
    """Rows that note that words reached a customer at `at` (Unix seconds).

    Args:
        words: their marks (bot.scripts.wording).
    """
    return {TouchStatement.PUT_SAID: [(customer, words, at)]}


def settled(
    customer: str, plan: str, slot: str, state: TouchState, rule: str, zh: str, en: str, at: float,
    *, perhaps: bool = False,
) -> TouchRows:  # fmt: skip
    """Rows that settle one touch at `at` (Unix seconds). If it was not sent, it gives back its
    place under the caps.

    Args:
        rule, zh, en: why it ended so.
        perhaps: it may have arrived all the same, so it keeps its place.
    """
    touch = (customer, plan, slot)
    ends: TouchRows = {TouchStatement.SETTLE_TOUCHES: [(int(state), rule, zh, en, at, *touch)]}
    if state is not TouchState.SENT:
        ends |= {one: [touch] for one in (KEPT if perhaps else GIVEN_BACK)}
    return ends
