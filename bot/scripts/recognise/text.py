"""What a customer typed, as cues match it: with nothing hidden between the characters."""

import re
import unicodedata

from bot.scripts.matching.hanzi import hanzi
from bot.scripts.normalise import clean
from bot.scripts.recognise.cue import EDGES

HEAD, TAIL = 700, 300  # characters that are looked at; a rant has its point at either end
FACE = "☺"  # any face or picture that says nothing in particular
_KEPT = frozenset("😡🤬💢😤👿😠🤮👎🖕①②③④⑤@+?!")
_ANGRY = {
    "发怒": "😡",
    "怒骂": "🤬",
    "咒骂": "🤬",
    "怒": "😡",
    "抓狂": "😤",
    "弱": "👎",
    "吐": "🤮",
}
_FACELESS = frozenset({"图片", "语音", "视频", "文件", "链接", "位置", "系统", "红包", "转账"})
_INNER = frozenset(".*-_/·•|\\`^")  # signs one puts inside a word to hide it
_NOTHING = frozenset("'’‘\"“”「」『』")

_DOTS = ".。…"

_LINK = re.compile(r"(?:https?://|www\.)[!-~]+", re.I)
_BRACKETS = re.compile(r"\[(\w{1,6})\]")
_OURS = "助手|助理|客服|小二|机器人|機器人|bot|小蜜|管家|官方|顾问|服务"
_OUR_MENTION = re.compile(rf"@[^\s@,，:：]{{0,12}}(?:{_OURS})[^\s@,，:：]{{0,8}}", re.I)
_ID_NUMBER = re.compile(
    r"(?<!\d)[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
_CARD_NUMBER = re.compile(r"(?<!\d)62\d{14}(?:\d{3})?(?!\d)")
_ENCODED = re.compile(r"[A-Za-z0-9+/]{20,400}={0,2}")
_CODE = re.compile(
    r"\{\{|\"role\"\s?:|</?(?:script|system|img)\b|\brm -rf|'\s{0,3}or\s{1,3}1\s?=\s?1"
    r"|\bdrop table\b",
    re.I,
)
_HIDDEN = re.compile(r"(?<=[^\W\da-z])·{1,2}(?=[^\W\da-z])")
_JOINING = re.compile(  # a single character between spaces was split off its word
    r"(?<=[ ,?!][^\x00-\x7f]) +| +(?=[^\x00-\x7f][ ,?!])"
    r"|(?<=[ ,?!][a-z]) +(?=[^\x00-\x7f])|(?<=\d) +(?=\d)"
)
_PARTING = re.compile(r"(?<![a-z0-9]) +| +(?![a-z0-9])")
_SPELLED = re.compile(r"(?<![a-z0-9])(?:[a-z] ){2,12}[a-z](?![a-z0-9])")
_CHARACTERS = re.compile("[一-鿿]*")  # a message of nothing else has none of all these
_REPEATED = re.compile(r"([^\d])\1{2,}")


class _Signs(dict[int, str | None]):
    """A translation table that learns what a character is when it first appears."""

    def __missing__(self, code: int) -> str | None:
        sign = self._plain(chr(code))
        if code < 0x3000 or 0x4E00 <= code < 0xA000 or 0x1F300 <= code < 0x1FB00:
            self[code] = sign  # the usual ones only, so that a stranger cannot fill the memory
        return sign

    def _plain(self, sign: str) -> str | None:
        if sign in _KEPT:
            return sign
        if sign in _INNER:
            return "·"
        if sign in _NOTHING:
            return None
        category = unicodedata.category(sign)
        if category[0] in "LN":
            return hanzi().forms.get(ord(sign), sign)
        if category[0] == "Z":
            return " "
        if category in ("So", "Sk") or sign == "~":
            return FACE
        return "," if category[0] in "PS" or sign in "\n\r\t" else None


_SIGNS = _Signs()


def fold(text: str) -> str:
    """The message between two commas, in simplified lower case.

    ① stands for a link, ② for an identity number, ③ for a bank card, ④ for something
    encoded, ⑤ for a piece of code, and `FACE` for any face but an angry one.
    """
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    if _CHARACTERS.fullmatch(text):
        return f",{clean(text)},"
    text = unicodedata.normalize("NFKC", text)[: 2 * (HEAD + TAIL)]
    if len(text) > 8:  # too short for any of these
        text = _ENCODED.sub(_encoded, _CODE.sub("⑤", _LINK.sub("①", text)))
        text = _CARD_NUMBER.sub("③", _ID_NUMBER.sub("②", text))
    if "@" in text:
        text = _OUR_MENTION.sub(" ", text)
    if "[" in text:
        text = _BRACKETS.sub(_face, text)
    plain = _HIDDEN.sub("", text.casefold().translate(_SIGNS)).replace("·", ",")
    plain = f",{plain},"
    if " " in plain:
        plain = _PARTING.sub(",", _JOINING.sub("", _SPELLED.sub(_joined, plain)))
    return _shortened(plain)


def is_wordless(text: str, folded: str) -> bool:
    """Whether it is only faces or dots, without a question or a shout."""
    if folded.strip(EDGES + FACE + " "):
        return False
    return FACE in folded or ("?" not in folded and any(sign in text for sign in _DOTS))


def _encoded(found: re.Match[str]) -> str:
    text = found[0]
    mixed = any(map(str.isupper, text)) and any(map(str.islower, text))
    return "④" if mixed and any(map(str.isdigit, text)) else text


def _face(found: re.Match[str]) -> str:
    return found[0] if found[1] in _FACELESS else _ANGRY.get(found[1], FACE)


def _joined(found: re.Match[str]) -> str:
    return found[0].replace(" ", "")


def _shortened(text: str) -> str:
    """What stands more than twice in a row stands twice."""
    return _REPEATED.sub(r"\1\1", text) if len(text) > len(set(text)) + 1 else text
