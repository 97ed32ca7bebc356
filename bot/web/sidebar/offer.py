"""A script as the sidebar offers it: filled in for this customer, with what a tap sends
(sendChatMessage, docs 94354 and 96909)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bot.errors import ScriptError
from bot.scripts.checks.words import blank_in
from bot.scripts.decision import Hit
from bot.scripts.files import kind_of
from bot.scripts.renderer import Words
from bot.scripts.script import Attachment, Facts, Script
from bot.scripts.wording import words_of
from bot.web.sidebar.subject import Subject
from bot.web.visit import Visit

Part = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    script: Script
    text: str
    parts: tuple[Part, ...]  # of ww.sendChatMessage; "file" instead of a mediaid
    whole: bool  # every variable is known, and no blank is left; else one has to edit it
    words: str  # digest of what the script says
    reason: str = ""
    hit: Hit | None = None
    favourite: bool = False
    owner: str = ""  # of a personal script
    team: bool = False
    blank: str = ""  # the first one that is for the member to fill in
    forbidden: Sequence[str] = ()  # words in a personal script that must not be said any more

    @property
    def marked(self) -> list[tuple[str, bool]]:
        """The text as pieces, each with whether it matches what was typed."""
        if self.hit is None:
            return []
        pieces, last, text = [], 0, self.hit.text
        for start, end in self.hit.spans:
            pieces += [(text[last:start], False), (text[start:end], True)]
            last = end
        return [(piece, on) for piece, on in [*pieces, (text[last:], False)] if piece]


def facts_for(visit: Visit, subject: Subject) -> Facts:
    now = visit.office.now
    return Facts(channel=subject.channel, now=now, tags=subject.tags)


def offer(
    visit: Visit, subject: Subject, script: Script, *, question: str = "", **more: Any
) -> Offer:
    """`script`, filled in for `subject` in the name of the visitor."""
    words, whole = _words(visit, subject, script, question)
    blank = blank_in(words.text)  # of a nickname it is none
    blank = blank if any(blank in one.source for one in script.say) else ""
    return Offer(
        script=script,
        text=words.text,
        parts=tuple(_parts(visit, words)),
        whole=whole and not blank,
        blank=blank,
        words=words_of(script),
        **more,
    )


def _words(visit: Visit, subject: Subject, script: Script, question: str) -> tuple[Words, bool]:
    """The words, in the same wording for the same customer; as written if a value is missing."""
    office, me = visit.office, visit.me
    voice = office.desk.voices.of(me.id)
    name = subject.name if subject.kind == "customer" else ""  # a group has many
    values = {
        "customer": {"name": name, "tags": sorted(subject.tags), **subject.fields},
        "member": {"name": office.desk.names.of(me.id)},
        "now": office.now,
        "persona": voice.persona or script.persona,
        "store": voice.values,
        "question": question,
    }
    try:
        return office.desk.renderer.render(script, values, pick=f"{subject.id}{script.id}"), True
    except ScriptError:
        return Words(text=script.say[0].source, attachments=script.attachments), False


def _parts(visit: Visit, words: Words) -> list[Part]:
    texts: list[Part] = []
    if words.text.strip():
        texts = [{"msgtype": "text", "text": {"content": words.text}}]
    return [*texts, *(_part(visit, item) for item in words.attachments)]


def _part(visit: Visit, item: Attachment) -> Part:
    match item.kind:
        case "link":
            picture = item.picurl or picture_of(visit, item.pic_file)
            news = {"link": item.url, "title": item.title, "desc": item.desc, "imgUrl": picture}
            return {"msgtype": "news", "news": {key: text for key, text in news.items() if text}}
        case "miniprogram":
            picture = picture_of(visit, item.pic_file)
            program = {"appid": item.appid, "title": item.title, "imgUrl": picture}
            program["page"] = item.page_html
            return {"msgtype": "miniprogram", "miniprogram": program}
        case "image" if item.pic_url:
            title = item.title or visit.t("图片", "Picture")
            news = {"link": item.pic_url, "title": title, "imgUrl": item.pic_url}
            return {"msgtype": "news", "news": news}
    kind = item.kind if item.kind in ("image", "video") else "file"
    if item.media_id:
        return {"msgtype": kind, kind: {"mediaid": item.media_id}}
    shown = picture_of(visit, item.file).removeprefix(visit.base)
    return {"msgtype": kind, kind: {"file": item.file, "shown": shown}}


def picture_of(visit: Visit, file: str) -> str:
    """An address from which WeCom, and the browser, can fetch a picture of the library."""
    if not file or kind_of(file) != "image":
        return ""
    query = urlencode({"file": file, "key": visit.office.seal.mark(file)})
    return f"{visit.base}/sidebar/picture?{query}"
