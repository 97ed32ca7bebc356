"""The subject of each deed in the audit log, by name, with a link to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.store.desk import audit_names
from bot.store.desk.sent import OWN, PROPOSED
from bot.store.desk.shelf import titles_of
from bot.store.desk.staff import Role
from bot.store.scripts import versions
from bot.store.sql import Rows
from bot.web.console.groups import KINDS as GROUP_KINDS
from bot.web.console.plan_names import Called
from bot.web.console.scripts.diff import title_in
from bot.web.visit import Visit

EVERY = "*"
_CUSTOMERS = ("customer", "todo", "complaint", "brake", "note")


async def called(visit: Visit, words: str) -> list[str]:
    """The ids of what has this name, customers and groups apart."""
    desk, plans = visit.office.desk, visit.office.touching.plans
    titles = {
        **await visit.office.names(), **plans.titles, **plans.book.segments.titles,
        **{one.id: one.title for one in desk.edition.library},
        **{name: one.title for name, one in desk.channel_book.channels.items()},
    }  # fmt: skip
    return [one for one, title in titles.items() if words.lower() in title.lower()]


async def subjects(visit: Visit, found: Rows) -> Callable[[Mapping[str, Any]], Called]:
    """Subjects for a page of rows; unknown ids stay as they are."""
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
    library = visit.office.desk.edition.library
    gone = [one for one in of("script.", "own.") if "/" in one and one not in library]
    said = await versions.contents(gone) if gone else {}
    drafts = {script: title_in(contents) for script, contents in said.items()}
    return _Subjects(visit, people, named, own, drafts).called


@dataclass(frozen=True, slots=True)
class _Subjects:
    visit: Visit
    people: Mapping[str, str]  # the customer or member of a message, an invitation or a reward
    named: Mapping[str, str]  # what people and groups are called
    own: Mapping[str, str]  # titles of members' own scripts
    drafts: Mapping[str, str]  # titles of those that are not in force

    def called(self, row: Mapping[str, Any]) -> Called:
        subject, thing = row["subject"], row["act"].partition(".")[0]
        visit, office = self.visit, self.visit.office
        book = office.touching.plans.book
        match thing:
            case "message":
                return self._message(subject)
            case "referral":
                return self._invitation(subject)
            case "store":
                store = office.desk.voices.of("", store=subject).values
                return Called(f"{store.get('name') or subject}", "")
            case "moment" if row["act"] == "moment.comment":
                return Called(visit.t("一条朋友圈评论", "a comment on a moment"), "")
            case "moment":
                return Called(visit.t("一条朋友圈", "a moment"), self._to("moments/post", subject))
            case "plan":
                return Called(self._plan(subject), self._to("plans", subject))
            case "stores":
                plan, _, slot = subject.partition(" ")
                return Called(f"{self._plan(plan)} · {slot}", self._to("plans", plan))
        if subject == EVERY:
            return Called(visit.t("全部", "all"), "")
        if row["act"] == "group.rules":
            return Called(visit.t(*GROUP_KINDS.get(subject, (subject, subject))), "")
        if thing == "segment":
            link = self._to("customers?segment=", subject)
            return Called(book.segments.titles.get(subject, subject), link)
        if thing == "channel":
            channel = office.desk.channel_book.channels.get(subject)
            return Called(channel.title if channel else subject, self._to("channels", subject))
        if thing in ("script", "own") and "/" in subject:
            return self._script(subject)
        is_customer = thing in _CUSTOMERS and subject in self.named
        link = f"/console/customers/{quote(subject, safe='')}" if is_customer else ""
        return Called(self.named.get(subject, subject), link)

    def _message(self, subject: str) -> Called:
        if not (to := self.people.get(subject, "")):
            return Called(subject, "")
        to = self.named.get(to, to)
        return Called(self.visit.t(f"发给{to}的消息", f"message to {to}"), "")

    def _invitation(self, subject: str) -> Called:
        if subject in self.named:  # a customer who was given a code
            return Called(self.named[subject], "")
        name = subject.partition(":")[0]
        campaign = self.visit.office.desk.referral_book.campaigns.get(name)
        who = self.named.get(self.people.get(subject, ""), "")
        parts = (campaign.title if campaign else name, who)
        return Called(" · ".join(filter(None, parts)), self._to("referral", name))

    def _script(self, subject: str) -> Called:
        script = self.visit.office.desk.edition.library.get(subject)
        mine = self.own.get(subject.replace(PROPOSED, OWN), subject)
        link = "" if subject in self.own else f"/console/scripts/script?id={quote(subject)}"
        title = script.title if script else self.drafts.get(subject, "")
        return Called(title or mine, link)

    def _plan(self, plan: str) -> str:
        return self.visit.office.touching.plans.titles.get(plan) or plan

    def _to(self, page: str, subject: str) -> str:
        """Its page in the console; "" for whoever may not read that."""
        if self.visit.me.role < Role.OPERATOR:
            return ""
        between = "" if page.endswith("=") else "/"
        return f"/console/{page}{between}{quote(subject, safe='')}"
