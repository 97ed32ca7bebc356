"""Fills values into the words of a script. Values are data: nothing in them is run."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from zlib import crc32

from jinja2 import Template, TemplateError, UndefinedError
from msgspec import Struct

from bot.errors import Complaint, ScriptError
from bot.scripts.address import Nicknames
from bot.scripts.bounds import LONGEST
from bot.scripts.gaps import Gap
from bot.scripts.script import Attachment, Script, Variant
from bot.scripts.templates import FIELDS, flat

LONGEST_LINE = 200  # characters of a name, an address
LONGEST_TEXT = 2000  # characters of values that keep their line breaks
LONGEST_LIST = 50
KEEPS_LINES = frozenset({"question", "words"})

# A name may hold what breaks the message around it: line breaks, controls, direction overrides,
# invisible letters. The joiner U+200D stays: emoji families are made with it.
_BREAKS = "\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029"
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
_UNSEEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
_HOSTILE = re.compile(f"[{_BREAKS}{_BLANKS}{_UNSEEN}\ud800-\udfff]")
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_BLANK = re.compile(f"[{_BREAKS}{_BLANKS} ]+")
_LINE_BREAK = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_NAMED, _WHOLE = ("customer", "name"), ("customer", "nickname")

_PARAGRAPH = re.compile(r"\n\s*\n")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(r"[。！？!?…；;]+[”』」）)]*|\.(?=\s)")
_CLAUSE = re.compile(r"[，,、：:]|\s")

# What filters raise; `truncate` asserts.
_UNFILLED = (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AssertionError)


class Words(Struct, frozen=True, kw_only=True):
    """The words of a script, filled in, and what is sent with them."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    variant: int = 0  # which wording, from 0


class Renderer:
    def __init__(
        self,
        constants: Mapping[str, object] | None = None,
        *,
        nicknames: Callable[[], Nicknames] = Nicknames,
    ) -> None:
        """
        Args:
            constants: values for every script: company, with its attributes.
            nicknames: gives the rules by which customers are addressed.
        """
        self._constants, self._nicknames = constants or {}, nicknames

    def render(self, script: Script, values: Mapping[str, object], *, pick: str) -> Words:
        """The words of one variant; the same `pick` (an event's id) always chooses the same one.

        Raises:
            ScriptError: a value that the script needs is missing, or does not fit it.
        """
        number = crc32(pick.encode("utf-8", "replace")) % len(script.say)
        return Words(
            text=self.fill(script, script.say[number], values),
            attachments=script.attachments,
            variant=number,
        )

    def fill(self, script: Script, variant: Variant, values: Mapping[str, object]) -> str:
        """The text of one wording, filled in.

        Raises:
            ScriptError: as `render`.
        """
        if variant.template is None and not variant.parts:
            return variant.fixed
        try:
            if variant.template is None:
                text = ""
                for part in variant.parts:
                    piece = part if isinstance(part, str) else self._filled(part, values)
                    # one space is left where nothing is known: 您穿 {{ customer.fields.size }} 码
                    text = text + piece if piece else text.removesuffix(" ")
                text = text.strip()
            else:
                text = self._rendered(variant, variant.template, values).strip()
        except _UNFILLED as error:
            raise ScriptError([_unfit(script, error)]) from error
        if len(text) > LONGEST:
            raise ScriptError([_unfit(script, f"over {LONGEST} characters")])
        return text

    def _filled(self, gap: Gap, values: Mapping[str, object]) -> str:
        found = self._value(gap.name, gap.attribute, values)
        return str(found if found or gap.otherwise is None else gap.otherwise)

    def _rendered(self, variant: Variant, template: Template, values: Mapping[str, object]) -> str:
        sandbox = template.environment
        context = dict(sandbox.globals)
        for name, attributes in variant.uses:
            for one in attributes or ("",):
                with suppress(UndefinedError):  # if it is needed, its absence is noticed there
                    found = self._value(name, one, values)
                    context[flat(name, one) if one else name] = found
        # As Template.render, without copying the globals again.
        ready = sandbox.context_class(sandbox, context, template.name, template.blocks)
        parts = template.root_render_func(ready)
        return "".join(_watched(parts) if variant.watched else parts)

    def _value(self, name: str, attribute: str, values: Mapping[str, object]) -> object:
        """The value of a variable, cleaned; "" for a field of a customer that is not known.

        Raises:
            UndefinedError: there is no such value.
        """
        value = values.get(name, self._constants.get(name))
        if not attribute and value is not None and not isinstance(value, Mapping):
            return clean(value, keep_lines=name in KEEPS_LINES)
        if attribute and isinstance(value, Mapping):
            if attribute in value:
                found = clean(value[attribute])
                named = (name, attribute) == _NAMED
                return self._nicknames().spoken(str(found)) if named else found
            if (name, attribute) == _WHOLE and "name" in value:
                return clean(value["name"])
            if attribute.startswith(FIELDS):  # unknown, or not to be used
                return ""
        missing = f"{name}.{attribute}".rstrip(".")
        raise UndefinedError(f"'{missing}' is undefined")


def _watched(parts: Iterable[str]) -> Iterator[str]:
    """The parts as they are rendered: a loop is stopped as soon as it has made too much."""
    left = LONGEST
    for part in parts:
        left -= len(part)
        if left < 0:
            raise ValueError(f"over {LONGEST} characters")
        yield part


def _unfit(script: Script, error: Exception | str) -> Complaint:
    return Complaint(
        file=script.file,
        key=script.id,
        problem=f"the words cannot be filled in: {str(error).replace('__', '.')}",
        cure="Give the missing value, or take it out of the script",
    )


def clean(value: object, *, keep_lines: bool = False) -> object:
    """A value made harmless for the message around it: without invisible signs, cut to a length,
    and on one line unless `keep_lines`."""
    if isinstance(value, str):
        return _clean_text(value, keep_lines)
    if value is None:
        return ""
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(clean(item) for item in list(value)[:LONGEST_LIST])
    return value


def _clean_text(text: str, keep_lines: bool) -> str:
    longest = LONGEST_TEXT if keep_lines else LONGEST_LINE
    if len(text) > longest:
        text = text[: _boundary(text, longest - 1)] + "…"
    if not _HOSTILE.search(text):
        return text if keep_lines else text.strip()
    text = _INVISIBLE.sub("", whole(text))
    if not keep_lines:
        return _BLANK.sub(" ", text).strip()
    return "\n".join(_BLANK.sub(" ", line) for line in _LINE_BREAK.sub("\n", text).split("\n"))


def whole(text: str) -> str:
    """Text that UTF-8 can carry: surrogate pairs are joined, a lone half becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def joined(several: Sequence[Words]) -> Words:
    """Several words as one message, a paragraph each, with all attachments."""
    return Words(
        text="\n\n".join(one.text for one in several),
        attachments=tuple(item for one in several for item in one.attachments),
    )


def fit(text: str, limit_bytes: int, parts: int) -> list[str]:
    """The text in at most `parts` pieces of at most `limit_bytes` of UTF-8 each.

    Pieces end where a paragraph, a sentence or at least a clause ends. What goes beyond the last
    piece is cut off and marked with "…". An empty text has no pieces.

    Raises:
        ValueError: a limit that does not hold a character and "…".
    """
    if limit_bytes < 8 or parts < 1:
        raise ValueError("at least 8 bytes and one part are needed")
    rest = whole(text).strip()
    pieces: list[str] = []
    while rest:
        if len(rest.encode()) <= limit_bytes:
            pieces.append(rest)
            break
        if len(pieces) == parts - 1:
            pieces.append(rest[: _room(rest, limit_bytes - 3)].rstrip() + "…")
            break
        end = _good_end(rest, _room(rest, limit_bytes))
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return pieces


def _room(text: str, limit_bytes: int) -> int:
    """How many characters fit, at least one."""
    longest = len(text[:limit_bytes].encode()[:limit_bytes].decode("utf-8", "ignore"))
    return _boundary(text, max(longest, 1))


def _good_end(text: str, room: int) -> int:
    """The last good place to break at, in the second half of what fits."""
    for kind in (_PARAGRAPH, _LINE, _SENTENCE, _CLAUSE):
        ends = [match.end() for match in kind.finditer(text, room // 2, room)]
        if ends:
            return ends[-1]
    return room


def _boundary(text: str, end: int) -> int:
    """The nearest place not after `end` that is not inside one visible character."""
    place = end
    while place > 0 and _joined(text, place):
        place -= 1
    return place or end


def _joined(text: str, place: int) -> bool:
    """Whether the characters before and after `place` are drawn as one."""
    if place >= len(text):
        return False
    before, after = text[place - 1], text[place]
    if before == "\u200d" or after == "\u200d":
        return True
    if after >= "\U0001f3fb" and (after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f"):
        return True  # a skin tone; the letters of a flag of a region
    if _is_flag(before) and _is_flag(after):
        start = place
        while start > 0 and _is_flag(text[start - 1]):
            start -= 1
        return (place - start) % 2 == 1
    return unicodedata.category(after) in ("Mn", "Me", "Mc")


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
