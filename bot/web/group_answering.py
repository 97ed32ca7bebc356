"""Several questions of groups answered by one mass message: the part that its pages share."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import moment
from bot.errors import Declined, ScriptError
from bot.scripts.checks.forbidden import forbidden_in
from bot.store.groups.answers import SCRIPT, GroupAnswers, touches_of
from bot.store.groups.questions import GroupQuestion, folded
from bot.store.touch.facts import facts_of
from bot.store.touch.ledger import Ledger
from bot.touch.policy import Refuse, Wait
from bot.touch.present import present
from bot.web.visit import Visit

ONE = "system/group_answer"  # a question and its answer
LONGEST = 500  # characters of one answer
KEY = re.compile(r"[0-9a-f]{16,32}")
NAMED = 3  # wordings of a question that are quoted before its answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """The same question of one group or several of one owner, with one answer."""

    key: str  # of its fields in the form
    questions: tuple[GroupQuestion, ...]  # the oldest first
    words: str  # that are proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A group that does not get the answer at once."""

    chat_id: str
    chat: str
    verdict: Wait | Refuse

    @property
    def late(self) -> bool:
        """Whether it could only go out when the questions are open again."""
        return isinstance(self.verdict, Refuse)


@dataclass(slots=True, kw_only=True)
class Draft:
    """What somebody has filled in for the groups of one owner."""

    owner: str
    picked: list[GroupQuestion] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    words: str = ""  # each question with its answer
    text: str = ""  # the whole, as it is sent
    wrong: list[tuple[str, str]] = field(default_factory=list)  # in both languages
    held: list[Held] = field(default_factory=list)
    before: list[tuple[str, str]] = field(default_factory=list)  # posts that it comes before

    @property
    def chats(self) -> dict[str, str]:
        """The groups that it goes into, by their ids, with their names."""
        return {one.chat_id: one.chat for one in self.picked}


def folds(visit: Visit, asked: Iterable[GroupQuestion]) -> list[Fold]:
    """What the form asks for."""
    return [
        Fold(
            key=str(some[0].seq) if len(some) == 1 else f"f{some[0].seq}",
            questions=some, words=_proposed(visit, some[0]),
        )
        for some in folded(asked)
    ]  # fmt: skip


def key_of(visit: Visit, question: GroupQuestion) -> str:
    """Of the fold with which the form has it; where it stands alone, its own."""
    return visit.asked(f"of-{question.seq}", str(question.seq))


def _proposed(visit: Visit, question: GroupQuestion) -> str:
    """The words of the script that is proposed for a question, where they fit everybody."""
    library, known = visit.office.desk.edition.library, question.script
    return _said(visit, known, question.owner, question=question.text) if known in library else ""


def _said(visit: Visit, script: str, owner: str, **values: str) -> str:
    office = visit.office
    known = {
        "customer": {"name": "", "tags": []},
        "member": {"name": office.desk.names.of(owner)},
        "now": office.now,
        "persona": office.desk.voices.of(owner).persona,
        "store": office.desk.voices.of(owner).values, "question": "", **values,
    }  # fmt: skip
    try:
        return office.desk.renderer.render(
            office.desk.edition.library[script], known, pick=owner
        ).text
    except ScriptError:
        return ""


async def draft(visit: Visit, owner: str, waiting: Sequence[GroupQuestion]) -> Draft:
    """What the form says: `pick-KEY` for each question or fold that is meant, `answer-KEY` its
    words, `of-SEQ` for each question of a fold. One without words is left out.

    Raises:
        Declined: the library lacks the scripts that say it.
    """
    office, found = visit.office, Draft(owner=owner)
    if not {ONE, SCRIPT} <= {script.id for script in office.desk.edition.library}:
        raise Declined(
            f"话术库里缺少 {SCRIPT} 或 {ONE}，请管理员从新版的 system.toml 里补上。",
            f"The library lacks {SCRIPT} or {ONE}: ask your admin to copy them from system.toml.",
        )
    by_answer: dict[str, list[str]] = {}
    for one in waiting:
        key = key_of(visit, one)
        if one.owner != owner or not visit.asked(f"pick-{key}"):
            continue
        if not (answer := visit.asked(f"answer-{key}")):
            continue
        found.picked.append(one)
        if len(answer) > LONGEST and answer not in by_answer:
            found.wrong.append(
                (f"「{one.text[:30]}」的回答太长，最多 {LONGEST} 字。",
                 f"The answer to “{one.text[:30]}” is longer than {LONGEST} characters.")
            )  # fmt: skip
        by_answer.setdefault(answer, []).append(one.text)
    parts = [
        _said(visit, ONE, owner, question=_wordings(asked), words=answer)
        for answer, asked in by_answer.items()
    ]
    found.answers, found.words = [*by_answer], "\n\n".join(parts)
    found.text = _said(visit, SCRIPT, owner, words=found.words)
    _look(visit, found)
    now = office.clock.now()
    found.held = await _held(visit, found.chats, owner, now)
    found.before = await _before(visit, found.chats, now)
    for group in found.held:
        if group.late:
            found.wrong.append(
                (f"「{group.chat}」发不了：{group.verdict.zh}。请去掉这个群的问题。",
                 f"“{group.chat}” cannot get it: {group.verdict.en}. Leave its questions out.")
            )  # fmt: skip
    return found


def _wordings(asked: Iterable[str]) -> str:
    return " / ".join([*dict.fromkeys(asked)][:NAMED])


async def held_of(visit: Visit, owner: str, asked: Iterable[GroupQuestion]) -> dict[str, Held]:
    """The groups of one owner that would not get an answer at once, by their ids."""
    chats = {one.chat_id: one.chat for one in asked} if owner else {}
    found = await _held(visit, chats, owner, visit.office.clock.now())
    return {one.chat_id: one for one in found}


def _look(visit: Visit, found: Draft) -> None:
    most = visit.office.settings.platform.contact_text_bytes
    if not found.picked:
        found.wrong.append(
            ("请勾选要回答的问题，写好回答。", "Choose a question, and write its answer.")
        )
    if (size := len(found.text.encode())) > most:
        found.wrong.append(
            (f"太长了：{size} 字节，企业微信的群发最多 {most}。请少选几个问题。",
             f"Too long: {size} bytes, and WeCom takes {most}. Choose fewer questions.")
        )  # fmt: skip
    for word, zh, en in forbidden_in(visit.office.settings.root, found.text):
        found.wrong.append((f"不能说「{word}」：{zh}。", f"“{word}” must not be said: {en}."))


def until(visit: Visit, now: datetime) -> datetime:
    return now + timedelta(seconds=visit.office.desk.group_rules.answers.confirm_within_s)


async def _held(visit: Visit, chats: Mapping[str, str], owner: str, now: datetime) -> list[Held]:
    """The groups for which a rule holds it back now."""
    office = visit.office
    policy, database = office.touching.rules.policy, office.database
    touches = touches_of(chats, owner, now, until(visit, now))
    if not touches:
        return []
    facts = await facts_of(database, Ledger(database), touches, present(now, policy.zone))
    return [
        Held(chat_id=touch.customer, chat=chats[touch.customer] or touch.customer, verdict=verdict)
        for touch, known in zip(touches, facts, strict=True)
        if isinstance(verdict := policy.judge(touch, known, now), Wait | Refuse)
    ]


async def _before(visit: Visit, chats: Iterable[str], now: datetime) -> list[tuple[str, str]]:
    """Posts of programmes that it would leave no room for, since posts keep some hours apart."""
    office, told = visit.office, list[tuple[str, str]]()
    caps = office.touching.rules.policy.profile.caps
    gap_h = max((cap.gap_h for cap in caps if cap.subject == "group"), default=0.0)
    until = (now + timedelta(hours=gap_h)).timestamp()
    for post in await GroupAnswers(office.database).ahead(chats, until):
        library, at = office.desk.edition.library, moment(post.due_at).astimezone(office.zone)
        title = library[post.script].title if post.script in library else post.script
        told.append(
            (f"其中 {post.groups} 个群 {at:%H:%M} 排了节目「{title}」。同一个群两条至少隔 "
             f"{gap_h:g} 小时：这条先发，节目就推迟，过了截止时间就不发。",
             f"“{title}” is planned for {post.groups} of them at {at:%H:%M}. Two posts in a group "
             f"are {gap_h:g} hours apart: after this one it is late, or does not go out.")
        )  # fmt: skip
    return told


async def collect(visit: Visit, found: Draft) -> int:
    """
    Returns:
        Into how many groups it is to go.

    Raises:
        Declined: somebody else was quicker, or the page is out of date.
    """
    office, now = visit.office, visit.office.clock.now()
    if not KEY.fullmatch(key := visit.asked("key")):
        raise Declined("页面已过期，请刷新后再试。", "This page is too old: reload it.")
    groups = await GroupAnswers(office.database).collect(
        key, [one.id for one in found.picked], owner=found.owner, who=visit.me.id,
        words=found.words, now=now.timestamp(), until=until(visit, now).timestamp(),
    )  # fmt: skip
    if not groups:
        raise Declined("这些问题已经有人处理了，请刷新。", "Somebody has dealt with them: reload.")
    # Without what customers asked: the audit log is kept for good.
    said = "\n\n".join(found.answers)
    await visit.note("group.answers.collect", found.owner, details=said[:1000])
    return groups


async def withdraw(visit: Visit, owners: Sequence[str] | None, *, chat_id: str = "") -> None:
    """
    Raises:
        Declined: there is none of this id, or it is not theirs.
    """
    office, key = visit.office, visit.asked("id")
    answers = GroupAnswers(office.database)
    known = {one.id: one for one in await answers.waiting(chat_id=chat_id, owners=owners)}
    if key not in known or not await answers.withdraw(key, office.clock.timestamp()):
        raise Declined("已经撤回或已经发出了。", "It is withdrawn already, or it was sent.")
    answer = known[key]
    await visit.note("group.answers.withdraw", answer.owner, details=answer.words[:1000])
