"""Checks what is attached to a welcome or a mass message (docs 92137, 92135)."""

import re
from typing import TYPE_CHECKING, Any

from bot.mockwecom.endpoint import sized
from bot.mockwecom.rules import Refusal
from bot.mockwecom.shapes import Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

HELD = re.compile(r"https?://([\w-]+\.)*qpic\.cn/")
ATTACHMENTS: dict[str, Shape] = {
    "image": {"media_id": Text(), "pic_url": Text()},
    "link": {
        "title!": sized("link_title_bytes", empty=False),
        "picurl": Text(),
        "desc": sized("link_desc_bytes"),
        "url!": Text(empty=False),
    },
    "miniprogram": {
        "title!": sized("miniprogram_title_bytes", empty=False),
        "pic_media_id!": Text(),
        "appid!": Text(empty=False),
        "page!": Text(empty=False),
    },
    "video": {"media_id!": Text()},
    "file": {"media_id!": Text()},
}


def check_attachments(corp: "MockCorp", attachments: list[dict[str, Any]]) -> None:
    """Raise the Refusal for the first one that WeCom would not accept."""
    for attachment in attachments:
        kind = attachment["msgtype"]
        body = attachment.get(kind)
        if kind not in ATTACHMENTS or body is None:
            raise Refusal(41065)
        picture = "" if body.get("media_id") else body.get("pic_url", "")  # the id has precedence
        if picture and not HELD.match(picture):
            raise Refusal(40058, "pic_url is no address of media/uploadimg")  # assumed errcode
        if kind in ("image", "video", "file") and not picture:
            corp.media.find(body.get("media_id"), kind)
        if kind == "miniprogram":
            corp.media.find(body["pic_media_id"], "image")
