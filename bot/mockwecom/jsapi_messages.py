"""The parameters of sendChatMessage (doc 96935), and what they become in the chat."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.mockwecom.rules import Refusal
from bot.mockwecom.shapes import Items, Shape, Text, check

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

SOME = Text(empty=False)
MEDIA = ("image", "video", "file")
CLICK: Shape = {"id": Text(), "content!": SOME}
VIEW: Shape = {"url!": SOME, "content!": SOME}
MINI: Shape = {"appid!": SOME, "page!": SOME, "content!": SOME}
SHAPES: dict[str, Shape] = {
    "text": {"content!": SOME},
    **{kind: {"mediaid!": SOME} for kind in MEDIA},
    "news": {"link!": SOME, "title": Text(), "desc": Text(), "imgUrl": Text()},
    "miniprogram": {"appid!": SOME, "title": Text(), "imgUrl": Text(), "page!": SOME},
    "msgmenu": {
        "head_content": Text(),
        "list": Items(
            of={"type!": SOME, "click": CLICK, "view": VIEW, "miniprogram": MINI}, most=50
        ),
        "tail_content": Text(),
    },
}
# `@wecom/jssdk` adds these to every call.
PROOF = frozenset(
    {"appId", "verifyAppId", "verifySignType", "verifyTimestamp", "verifyNonceStr"}
    | {"verifySignature"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    kind: str
    text: str  # for reading
    body: dict[str, Any]


class Unfit(Exception):
    """`words` are for err_msg; a `blunder` is what no correct page does."""

    def __init__(self, words: str, blunder: str = "") -> None:
        self.words, self.blunder = words, blunder
        super().__init__(words)


def read_message(params: dict[str, Any], corp: "MockCorp", *, in_kf: bool) -> Message:
    """Raises Unfit, or Refusal for media that are not there."""
    kind = params.get("msgtype")
    if kind not in SHAPES:
        raise Unfit("fail invalid msgtype", f"msgtype {kind!a}")
    if kind == "msgmenu" and not in_kf:
        raise Unfit("fail no permission", "a msgmenu is for single_kf_tools")
    unknown = params.keys() - PROOF - {"msgtype", "enterChat", kind}
    if unknown:
        raise Unfit("fail invalid parameter", f"unknown parameter {min(unknown)!a}")
    content = params.get(kind)
    try:
        check(content, SHAPES[kind], kind)
    except Refusal as refusal:
        raise Unfit("fail invalid parameter", refusal.detail) from refusal
    assert isinstance(content, dict)  # the shape is an object
    if kind in MEDIA:
        medium = corp.media.find(content["mediaid"], kind)
        body = {"media_id": content["mediaid"], "filename": medium.filename}
        return Message(kind=kind, text=medium.filename, body=body)
    if kind == "text":
        return Message(kind=kind, text=content["content"], body=content)
    if kind == "msgmenu":
        return Message(kind=kind, text=str(content.get("head_content", "")), body=content)
    image = content.get("imgUrl", "")
    if image and urlsplit(image).scheme not in ("http", "https"):
        raise Unfit("fail invalid imgUrl")
    if kind == "miniprogram":
        if not content["page"].partition("?")[0].endswith(".html"):
            raise Unfit("fail invalid parameter", "miniprogram.page does not end with .html")
        return Message(kind=kind, text=content.get("title", ""), body=content)
    link = {
        "title": content.get("title") or content["link"],
        "desc": content.get("desc", ""),
        "url": content["link"],
        "pic_url": image,
    }
    return Message(kind="link", text=link["title"], body=link)
