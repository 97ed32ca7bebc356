"""To what a deed of the audit log was done, by its name, and where one reads more of it."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from bot.store.desk import audit_names
from bot.store.desk.sent import OWN, PROPOSED
from bot.store.desk.shelf import titles_of
from bot.store.desk.staff import Role
from bot.store.sql import Rows
from bot.web.console.groups import KINDS as GROUP_KINDS
from bot.web.console.plan_names import Called
from bot.web.visit import Visit

EVERY = "*"
_CUSTOMERS = ("customer", "todo", "complaint", "brake", "note")


async def called(visit: Visit, words: str) -> list[str]:
    """The ids of what is called so, customers and groups apart."""
    desk, plans = visit.office.desk, visit.office.touching.plans
    titles = {
        **await visit.office.names(), **plans.titles, **plans.book.segments.titles,
        **{one.id: one.title for one in desk.edition.library},
        **{name: one.title for name, one in desk.channel_book.channels.items()},
    }  # fmt: skip
    return [one for one, title in titles.items() if words.lower() in title.lower()]


async def subjects(visit: Visit, found: Rows) -> Callable[[Mapping[str, Any]], Called]:
    """For a page of rows; an id that nothing is known of stays as it is."""
    database = visit.office.database

    def of(*acts: str) -> list[str]:
        return [row["subject"] for row in found if row["act"].startswith(acts)]

    receivers = await audit_names.receivers(of("message."))
    invited = await audit_names.invited(database, of("referral.accept", "referral.refuse"))
    rewarded = await audit_names.rewarded(database, of("referral.again"))
    people = {**receivers, **invited, **rewarded}
    ids = [row["subject"] for row in found]
    named = {
        **await visit.office.names(), **await audit_names.names(database, [*ids, *people.values()])
    }  # fmt: skip
    own = await titles_of(database, [one.replace(PROPOSED, OWN) for one in ids])
    book, library = visit.office.desk.referral_book, visit.office.desk.edition.library
    titles = visit.office.touching.plans.titles
    segments = visit.office.touching.plans.book.segments.titles
    channels = visit.office.desk.channel_book.channels
    reads = visit.me.role >= Role.OPERATOR

    def told(row: Mapping[str, Any]) -> Called:
        subject, thing = row["subject"], row["act"].partition(".")[0]
        if thing == "message":
            to = people.get(subject, "")
            to = named.get(to, to)
            return Called(visit.t(f"发给{to}的消息", f"message to {to}") if to else subject, "")
        if thing == "referral":
            name = subject.partition(":")[0]
            campaign = book.campaigns.get(name)
            who = named.get(people.get(subject, ""), "")
            title = " · ".join(
                part for part in (campaign.title if campaign else name, who) if part
            )
            known = subject in named  # a customer who was given a code
            if known:
                return Called(named[subject], "")
            return Called(title, f"/console/referral/{quote(name, safe='')}" if reads else "")
        if thing == "moment" and row["act"] != "moment.comment":
            link = f"/console/moments/post/{quote(subject, safe='')}" if reads else ""
            return Called(visit.t("一条朋友圈", "a moment"), link)
        if thing == "plan":
            link = f"/console/plans/{quote(subject, safe='')}" if reads else ""
            return Called(titles.get(subject) or subject, link)
        if thing == "stores":
            plan, _, slot = subject.partition(" ")
            link = f"/console/plans/{quote(plan, safe='')}" if reads else ""
            return Called(f"{titles.get(plan) or plan} · {slot}", link)
        if subject == EVERY:
            return Called(visit.t("全部", "all"), "")
        if row["act"] == "group.rules":
            return Called(visit.t(*GROUP_KINDS.get(subject, (subject, subject))), "")
        if thing == "segment":
            link = f"/console/customers?segment={quote(subject, safe='')}" if reads else ""
            return Called(segments.get(subject, subject), link)
        if thing == "channel":
            channel = channels.get(subject)
            link = f"/console/channels/{quote(subject, safe='')}" if reads else ""
            return Called(channel.title if channel else subject, link)
        if thing in ("script", "own") and "/" in subject:
            script = library.get(subject)
            mine = own.get(subject.replace(PROPOSED, OWN), subject)
            link = "" if subject in own else f"/console/scripts/script?id={quote(subject)}"
            return Called(script.title if script else mine, link)
        link = (
            f"/console/customers/{quote(subject, safe='')}"
            if thing in _CUSTOMERS and subject in named
            else ""
        )
        return Called(named.get(subject, subject), link)

    return told
