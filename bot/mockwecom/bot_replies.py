"""What a smart bot (智能机器人) may say, and when: the strict reading of its replies.

Passive replies: doc 101031. Active ones: doc 101138. Over the long connection: doc 101463.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

from bot.mockwecom.cards import check_card
from bot.mockwecom.rules import Refusal, RuleBook
from bot.mockwecom.shapes import Items, Shape, Text, check

NEEDED = Text(empty=False)
FEEDBACK: Shape = {"id!": Text(most=256, empty=False)}
MEDIA: dict[str, Shape] = {"media_id!": Text(empty=False, code=40007)}
IMAGE: Shape = {"msgtype!": NEEDED, "image!": {"base64!": NEEDED, "md5!": NEEDED}}
CONTENT: dict[str, Shape] = {
    "text": {"content!": NEEDED},
    "markdown": {"content!": NEEDED, "feedback": FEEDBACK},
    "stream": {
        "id": NEEDED,
        "finish": bool,
        "content": Text(),
        "msg_item": Items(of=IMAGE, most=100),
        "feedback": FEEDBACK,
    },
    "image": MEDIA,
    "file": MEDIA,
    "voice": MEDIA,
    "video": {**MEDIA, "title": Text(), "description": Text()},
}
UPDATE = "update_template_card"
FILES = frozenset({"image", "file", "voice", "video"})

# Which kinds a reply may be of depends on the way it is given.
TO_MESSAGE = frozenset({"stream", "template_card", "stream_with_template_card"})
TO_REFRESH = frozenset({"stream", "stream_with_template_card"})
TO_ENTERING = frozenset({"text", "template_card"})
TO_CARD = frozenset({UPDATE})
TO_RESPONSE_URL = frozenset({"markdown", "template_card"})
ON_CONNECTION = frozenset({"stream", "template_card", "markdown"}) | FILES
UNASKED = frozenset({"template_card", "markdown"}) | FILES


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    kind: str
    body: dict[str, Any]

    @property
    def stream(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.body.get("stream")
        return found

    @property
    def card(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.body.get("template_card")
        return found

    @property
    def text(self) -> str:
        """Its words, as a person reads them."""
        if self.card is not None:
            return str(
                self.card.get("main_title", {}).get("title") or self.card.get("sub_title_text", "")
            )
        return str(self.body[self.kind].get("content", ""))

    @property
    def feedback_ids(self) -> list[str]:
        """The ids by which a person's feedback names this reply."""
        parts = [part for part in self.body.values() if isinstance(part, dict)]
        return [part["feedback"]["id"] for part in parts if "feedback" in part]


def read_reply(body: object, allowed: frozenset[str], rules: RuleBook) -> Reply:
    """Raises the Refusal that WeCom would answer; 40008 for a kind not in `allowed`."""
    if not isinstance(body, dict):
        raise Refusal(40058, "the body is not an object")
    named = "response_type" if UPDATE in allowed else "msgtype"
    kind = body.get(named)
    if kind not in allowed:
        raise Refusal(40008, f"{named} {kind!a} is none of {', '.join(sorted(allowed))}")
    reply = Reply(kind=kind, body=body)
    check(body, {f"{named}!": NEEDED, **_parts(kind)}, "body")
    if reply.card is not None:
        check_card(reply.card)
    if kind == "markdown":
        rules.hold("bot_stream_bytes", len(reply.text.encode()))
    if reply.stream is not None:
        _check_stream(reply.stream, rules)
    return reply


def _parts(kind: str) -> dict[str, Shape]:
    # check_card checks what is inside a card.
    match kind:
        case "template_card":
            return {"template_card!": dict}
        case "stream_with_template_card":
            return {"stream!": CONTENT["stream"], "template_card": dict}
        case "update_template_card":
            return {"userids": Items(of=NEEDED, most=100), "template_card!": dict}
        case _:
            return {f"{kind}!": CONTENT[kind]}


def _check_stream(stream: dict[str, Any], rules: RuleBook) -> None:
    rules.hold("bot_stream_bytes", len(stream.get("content", "").encode()))
    images = stream.get("msg_item", [])
    rules.hold("bot_stream_images", len(images))
    if images and not stream.get("finish"):
        raise Refusal(40058, "stream.msg_item is only for the last answer, with finish true")
    for item in images:
        _check_image(item, rules)


def _check_image(item: dict[str, Any], rules: RuleBook) -> None:
    if item["msgtype"] != "image":
        raise Refusal(40008, "stream.msg_item holds images only")
    try:
        data = base64.b64decode(item["image"]["base64"], validate=True)
    except binascii.Error as error:
        raise Refusal(40058, "stream.msg_item.image.base64 is not base64") from error
    rules.hold("bot_stream_image_bytes", len(data))
    if not data.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        raise Refusal(40009, "stream.msg_item.image is neither PNG nor JPG")
    if hashlib.md5(data).hexdigest() != item["image"]["md5"].lower():
        raise Refusal(40058, "stream.msg_item.image.md5 is of other bytes")
