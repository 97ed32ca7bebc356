"""What a handler may do about a message of a group. Nothing here writes into the group: WeCom has
no interface for that, so an answer is proposed, and a person gives it."""

from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase

import orjson

from bot.events import GroupMessage
from bot.groups.rules import GroupRules
from bot.groups.triage import Ours, Sort, Triaged, said_in, triage
from bot.scripts.matcher import Matcher
from bot.store.touch.statements import TouchRows, TouchStatement

LONGEST = 200  # signs of a question that is compared with others
LIKELY = 0.6  # the probability with which a script may be proposed to a person


class GroupTalk:
    """`context.group`. What is said here is written with the event's outcome.

    Args:
        names: what customers call our members.
        keep: takes rows that are committed with the event.
        explain: keeps with the event why things went as they did.
        off: the bot is switched off in this group.
    """

    def __init__(
        self, event: GroupMessage, rules: GroupRules, matcher: Matcher, names: tuple[str, ...],
        keep: Callable[[TouchRows], None], explain: Callable[..., None], *, off: bool = False,
    ) -> None:  # fmt: skip
        self.off = off
        self._event, self._rules, self._matcher = event, rules, matcher
        self._ours = Ours(names=(*names, *rules.answers.names), goods=rules.answers.goods)
        self._keep, self._explain = keep, explain

    def triage(self) -> Triaged:
        """What it is; kept with the event."""
        found = triage(self._event.text, self._matcher, self._ours)
        if found.sort is Sort.QUESTION:
            found = replace(found, script=self._proposed(found))
        self._explain(group=found.sort.value, zh=found.zh, en=found.en)
        return found

    def ask(self, found: Triaged) -> None:
        """Note a question that waits for an answer, together with the same one of others."""
        event, at = self._event, self._event.at.timestamp()
        asker = orjson.dumps([event.sender, event.name]).decode()
        question = found.question[:LONGEST]
        topic = found.near if found.probability >= LIKELY else question
        row = (
            event.id, event.chat_id, topic, found.asked, question, asker, at, found.script,
        )  # fmt: skip
        self._keep({TouchStatement.PUT_GROUP_QUESTIONS: [row]})

    def answered(self) -> None:
        """One of ours wrote: that answers who asked last, or whom they name; and who
        complained."""
        event, at = self._event, self._event.at.timestamp()
        said = said_in(event.text)
        if not said.text or triage(said.text, self._matcher, Ours()).sort is Sort.THANKS:
            return
        named = (*said.mentions, *([said.quoted] if said.quoted else []), "")[0]
        since = at - self._rules.answers.answered_within_s
        row = (
            event.sender, at, event.chat_id, 0.0 if named else since, named, said.quote,
            event.text.strip(),
        )  # fmt: skip
        case = (event.sender, at, event.chat_id, 0.0 if named else since, named, row[-1])
        self._keep(
            {
                TouchStatement.ANSWER_GROUP_QUESTIONS: [row],
                TouchStatement.ANSWER_GROUP_CASES: [case],
            }
        )

    def _proposed(self, found: Triaged) -> str:
        """A script for this kind of group, or the way to 微信客服, or none."""
        likely = found.script or (found.near if found.probability >= LIKELY else "")
        allowed = self._rules.scripts_of(self._event.kind)
        if likely and (not allowed or any(fnmatchcase(likely, one) for one in allowed)):
            return likely
        return self._rules.answers.pointer
