"""Carries out what the rules say of a signal, with the means of a context."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.events import SignalReceived
from bot.events.encoding import encode
from bot.plans.condition import BOUGHT
from bot.profile.fields import Source
from bot.signals.applying import effects_of
from bot.signals.rule import Effects, Rules
from bot.store.channels.taggings import Why, given_by
from bot.store.customers import people
from bot.store.touch.statements import TouchRows, TouchStatement, merge

if TYPE_CHECKING:
    from bot.context import Context


async def follow(
    signal: SignalReceived,
    context: "Context",
    rules: Rules,
    zone: ZoneInfo,
    *,
    keep: Callable[[TouchRows], None],
    ended_by_a_purchase: Collection[str] = (),
) -> None:
    """Do what `rules` say of `signal`; if we do not know the customer yet, let it wait for them.

    Args:
        ended_by_a_purchase: plans.
        keep: takes rows that are committed with the event.
    """
    if not any(rule.kind == signal.kind for rule in rules):
        context.keep_silent(f"no rule of config/signals.toml for {signal.kind}")
        return
    if not signal.customer:
        keep({TouchStatement.PUT_SIGNALS: [waiting_row(signal)]})
        context.keep_silent("nobody is known by these yet: it waits for them")
        return
    effects = effects_of(signal, rules, context.now, zone, name=context.customer.name)
    context.explain(signal=explained(signal, effects))
    if not effects.rules:
        context.keep_silent("the conditions of no rule hold")
    if more := rows_of(signal.customer, effects, effects.at.timestamp()):
        keep(more)
    if bought_at := {**effects.dates, **effects.told}.get(BOUGHT):
        day = bought_at.astimezone(zone).date()
        keep(people.bought(signal.customer, ended_by_a_purchase, context.now, day))
        keep(people.purchased(signal.customer, signal.id, bought_at.timestamp()))
    for words in effects.notices:
        await context.remind(signal.member, words, why=f"商城信号 {signal.kind}")


def waiting_row(signal: SignalReceived) -> tuple[str | float, ...]:
    who = (signal.external_userid, signal.unionid, signal.phone)
    return (signal.id, *who, signal.at.timestamp(), encode(signal).decode())


def rows_of(customer: str, effects: Effects, at: float) -> TouchRows | None:
    """What changes in what we know of `customer`; `at`: when it happened, Unix seconds."""
    more: TouchRows | None = None
    if effects.tag:
        more = merge(more, given_by(customer, sorted(effects.tag), why_of(effects), at))
    if effects.untag:
        more = merge(more, people.untagged(customer, sorted(effects.untag)))
    if effects.free_until:
        more = merge(more, people.free(customer, effects.free_until.timestamp()))
    if effects.stage:
        why = why_of(effects)
        more = merge(more, people.staged(customer, effects.stage, why.zh, why.en, at))
    if effects.birthday:
        more = merge(more, people.born(customer, effects.birthday, Source.SIGNAL, at))
    if effects.dates:
        more = merge(more, people.dated(customer, effects.dates))
    if effects.told:
        more = merge(more, people.dated(customer, effects.told, anew=True))
    return more


def why_of(effects: Effects) -> Why:
    """Why a signal gives tags."""
    rules = "、".join(effects.rules)
    return Why(
        rule=f"signal:{rules}", zh=f"商城信号：{rules}", en=f"a signal of the shop: {rules}"
    )


def explained(signal: SignalReceived, effects: Effects) -> dict[str, object]:
    """What `huashu why` tells of it; empty parts left out."""
    kept = {
        "kind": signal.kind,
        "rules": effects.rules,
        "tag": sorted(effects.tag),
        "untag": sorted(effects.untag),
        "free_until": effects.free_until,
        "stage": effects.stage,
        "birthday": effects.birthday,
        "dates": {**effects.dates, **effects.told},
        "unread": effects.unread,
    }
    return {name: value for name, value in kept.items() if value}
