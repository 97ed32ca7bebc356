"""A decrypted XML payload as names and texts. Flat ones, as most are, are read by one regex."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TypedDict
from xml.parsers import expat

import orjson

Element = str | list[tuple[str, "Element"]]
Children = list[tuple[str, Element]]

_DEPTH = 8  # WeCom's deepest payload (SelectedItems) has 5 levels
_FLAT = re.compile(r"\s*<xml>\s*(.*)</xml>\s*", re.DOTALL)
# Never backtracks. A text with "]]>", split into two CDATA sections, does not match.
_PAIR = re.compile(
    r"(<(\w++)>(?:<!\[CDATA\[([^\]]*+(?>(?:\](?!\]>)[^\]]*+)*))\]\]>|([^<&]*+))</\2>\s*+)"
)


class Head(TypedDict):
    id: str
    at: datetime
    conversation: str


class Document:
    """The children of <xml>; a nested one is a list of its own children.

    Raises:
        ValueError: not XML, or XML with what WeCom never sends (DOCTYPE, entities, depth).
    """

    def __init__(self, plain: bytes, received: datetime) -> None:
        self.children = _read(plain)
        self._texts = {name: value for name, value in self.children if isinstance(value, str)}
        self._received = received

    def text(self, name: str) -> str:
        return self._texts.get(name, "")

    def need(self, name: str) -> str:
        """Raises ValueError: `name` is missing or empty."""
        value = self._texts.get(name)
        if not value:
            raise ValueError(f"{name} is missing")
        return value

    def number(self, name: str) -> int | None:
        value = self._texts.get(name, "")
        return int(value) if value.isdecimal() and len(value) < 19 else None

    def moment(self, name: str) -> datetime | None:
        seconds = self.number(name)
        return datetime.fromtimestamp(seconds, UTC) if seconds and seconds < 1e11 else None

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in leaves(self.children) if key == name and value)

    def nested(self, name: str) -> list[Children]:
        """The items of a list element such as SelectedItems."""
        lists = [value for key, value in self.children if key == name]
        items = [
            value for children in lists if isinstance(children, list) for _, value in children
        ]
        return [item for item in items if isinstance(item, list)]

    def at(self) -> datetime:
        return self.moment("CreateTime") or self._received

    def head(self, conversation: str) -> Head:
        """The head of an event: it has no MsgId, so all its elements together are its identity."""
        ordered = sorted([orjson.dumps(child) for child in self.children])
        digest = blake2b(b"\n".join(ordered), digest_size=16).hexdigest()
        return {"id": f"event:{digest}", "at": self.at(), "conversation": conversation}


def leaves(children: Children, prefix: str = "") -> Iterator[tuple[str, str]]:
    """All texts with their dotted paths: ("ScanCodeInfo.ScanType", "qrcode")."""
    for name, value in children:
        if isinstance(value, str):
            yield prefix + name, value
        else:
            yield from leaves(value, f"{prefix}{name}.")


def _read(plain: bytes) -> Children:
    text = plain.decode()
    flat = _FLAT.fullmatch(text)
    if flat and "\r" not in text:  # a parser has to turn \r\n into \n
        pairs = _PAIR.findall(flat[1])
        if sum([len(pair[0]) for pair in pairs]) == len(flat[1]):  # nothing in between
            return [(name, cdata or bare) for _, name, cdata, bare in pairs]
    return _Tree().read(text)


class _Tree:
    """Any document, by expat. Entities need a DOCTYPE, and that is refused."""

    def __init__(self) -> None:
        self._open: list[tuple[str, list[str], Children]] = [("", [], [])]

    def read(self, text: str) -> Children:
        # not held here: its handlers hold this, and the circle of both would fill the memory
        parser = expat.ParserCreate("utf-8")  # whatever the document declares
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        try:
            parser.Parse(text, True)
        except expat.ExpatError as error:
            raise ValueError(f"not XML: {error}") from error
        _, root = self._open[0][2][0]
        return root if isinstance(root, list) else []

    def _refuse(self, *_: object) -> None:
        raise ValueError("a DOCTYPE")

    def _start(self, name: str, _: dict[str, str]) -> None:
        if len(self._open) > _DEPTH:
            raise ValueError("nested too deep")
        self._open.append((name, [], []))

    def _data(self, data: str) -> None:
        self._open[-1][1].append(data)

    def _end(self, _: str) -> None:
        name, texts, children = self._open.pop()
        self._open[-1][2].append((name, children or "".join(texts)))
