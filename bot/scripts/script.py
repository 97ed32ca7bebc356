"""A script (话术): words that somebody wrote, and when they may be used. Values only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from jinja2 import Template
from msgspec import Struct

from bot.scripts.gaps import Parts

CATEGORIES = {
    "greeting": "招呼语",
    "news": "资讯分享",
    "chat": "日常聊天",
    "faq": "咨询问答",
    "system": "系统用语",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What is sent along with the words; fields that a kind does not have stay empty."""

    kind: str  # image | link | miniprogram | file | video
    media_id: str = ""  # image, file, video
    file: str = ""  # instead of media_id: in the library, uploaded by the program
    pic_url: str = ""  # image, instead of media_id
    title: str = ""  # link, miniprogram
    url: str = ""  # link
    desc: str = ""  # link
    picurl: str = ""  # link; WeCom spells the two picture fields differently
    appid: str = ""  # miniprogram
    page: str = ""  # miniprogram
    pic_media_id: str = ""  # miniprogram
    pic_file: str = ""  # miniprogram, instead of pic_media_id; link in 微信客服

    @property
    def page_html(self) -> str:
        """The page as a message names it: WeChat finds none without .html (docs 94677, 96935)."""
        path, mark, query = self.page.partition("?")
        return f"{path.removesuffix('.html')}.html{mark}{query}"


UNASKED = frozenset({"chat", "greeting", "system"})  # categories of scripts that nobody asks for


class Facts(Struct, frozen=True, kw_only=True):
    """What is known at the moment when a script would be said."""

    channel: str  # a bot.events.Channel
    now: datetime  # the company's local time
    tags: frozenset[str] = frozenset()  # the customer's


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a script may be used; a field left out does not restrict."""

    channels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()  # the customer has one of them
    hours: tuple[time, time] | None = None  # from, to (exclusive); may cross midnight
    first_day: date | None = None
    last_day: date | None = None  # inclusive

    def holds(self, facts: Facts) -> bool:
        if self.channels and facts.channel not in self.channels:
            return False
        if self.tags and facts.tags.isdisjoint(self.tags):
            return False
        today = facts.now.date()
        if (self.first_day and today < self.first_day) or (
            self.last_day and today > self.last_day
        ):
            return False
        return self.hours is None or within(facts.now.time(), *self.hours)

    @property
    def weight(self) -> int:
        """How much it restricts: of two scripts with one question, the heavier one is said."""
        return sum(1 for part in (self.channels, self.tags, self.hours, self.last_day) if part)


def within(moment: time, start: time, end: time) -> bool:
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One wording of a script, as it is written and as it is rendered."""

    source: str
    fixed: str = ""  # the words themselves, when nothing is to be filled in
    parts: Parts = ()  # when nothing but variables is
    template: Template | None = None
    watched: bool = False  # there is more in it than variables: how much comes out is counted
    uses: tuple[tuple[str, tuple[str, ...]], ...] = ()  # variable → attributes that it reads
    fields: tuple[str, ...] = ()  # of the customer's, among them


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    id: str  # "faq/refund"
    title: str  # what a menu and the staff see
    category: str
    say: tuple[Variant, ...]
    examples: tuple[str, ...] = ()  # questions that it answers
    keywords: tuple[tuple[str, ...], ...] = ()  # all words of one entry must occur
    not_for: tuple[str, ...] = ()  # questions that it must not answer (反例), however like them
    attachments: tuple[Attachment, ...] = ()
    when: Condition = Condition()
    persona: str = ""  # who speaks
    then: str = ""  # "person": it asks for something, and a person has to deal with what comes
    file: str = ""  # relative to the library

    @property
    def fields(self) -> tuple[str, ...]:
        """Which customer fields its words use (bot/profile/)."""
        return tuple(name for variant in self.say for name in variant.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRule:
    """Words that call a person at once, wherever they are in a message."""

    name: str
    zh: str  # the reason, for people
    en: str
    words: Sequence[str]
    unless: Sequence[str] = ()  # harmless phrases that contain one of the words (人工棉)
