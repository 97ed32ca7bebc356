"""What customer service messages may hold (docs 94677, 95122)."""

from typing import Any

from bot.mockwecom.endpoint import sized
from bot.mockwecom.rules import RULES, Refusal, RuleBook
from bot.mockwecom.shapes import Items, Number, Shape, Text

NEEDED = Text(empty=False)
# WeChat finds no other page; we assume that WeCom refuses it.
PAGE = Text(most=RULES["kf_menu_link_bytes"].value, pattern=r"[^?]+\.html(\?.*)?")
MEDIA: Shape = {"media_id!": Text(code=41006, empty=False)}
MENU_ITEM: Shape = {
    "type!": Text(code=95009),
    "click": {
        "id": sized("kf_menu_click_bytes"),
        "content!": sized("kf_menu_click_bytes", empty=False),
    },
    "view": {
        "url!": sized("kf_url_bytes", empty=False),
        "content!": sized("kf_menu_link_bytes", empty=False),
    },
    "miniprogram": {
        "appid!": NEEDED,
        "pagepath!": PAGE,
        "content!": sized("kf_menu_link_bytes", empty=False),
    },
    "text": {
        "content!": sized("kf_menu_text_bytes", empty=False),
        "no_newline": Number(among=(0, 1)),
    },
}
CONTENTS: dict[str, Shape] = {
    "text": {"content!": sized("kf_text_bytes")},
    "image": MEDIA,
    "voice": MEDIA,
    "video": MEDIA,
    "file": MEDIA,
    "link": {
        "title!": sized("link_title_bytes", empty=False),
        "desc": sized("link_desc_bytes"),
        "url!": sized("kf_url_bytes", empty=False),
        "thumb_media_id!": NEEDED,
    },
    "miniprogram": {
        "appid!": NEEDED,
        "title": sized("miniprogram_title_bytes"),
        "thumb_media_id!": NEEDED,
        "pagepath!": PAGE,
    },
    "msgmenu": {
        "head_content": sized("kf_menu_edge_bytes"),
        "list": Items(of=MENU_ITEM, most=RULES["kf_menu_items"].value, least=0),
        "tail_content": sized("kf_menu_edge_bytes"),
    },
    "location": {
        "name": Text(),
        "address": Text(),
        "latitude!": Number(whole=False),
        "longitude!": Number(whole=False),
    },
    "ca_link": {"link_url!": NEEDED},
}
MSGID = Text(most=RULES["kf_msgid_bytes"].value, pattern=r"[0-9a-zA-Z_-]*")  # ours, if we give one
CLICKABLE = ("click", "view", "miniprogram")


def content_of(body: Any, rules: RuleBook) -> tuple[str, dict[str, Any]]:
    """Message type and content of a request; raises the Refusal for what is wrong with them."""
    kind = body["msgtype"]
    if kind not in CONTENTS:
        raise Refusal(40008)
    if kind not in body:
        raise Refusal(40063, f"some parameters are empty: {kind}")
    content: dict[str, Any] = body[kind]
    if kind == "text" and not content["content"]:
        raise Refusal(44004)
    for item in content.get("list", []):
        if item["type"] not in (*CLICKABLE, "text") or item["type"] not in item:
            raise Refusal(95009)
    clickable = sum(item["type"] in CLICKABLE for item in content.get("list", []))
    rules.hold("kf_menu_clickable", clickable)
    return kind, content


def menu_of(content: dict[str, Any]) -> dict[str, str]:
    """The items that a customer can press in a menu: id → words."""
    clicks = (item["click"] for item in content.get("list", []) if item["type"] == "click")
    return {click.get("id", ""): click["content"] for click in clicks}


def words_of(kind: str, content: dict[str, Any]) -> str:
    """The message as a person reads it."""
    if kind == "text":
        return str(content["content"])
    if kind != "msgmenu":
        return str(content.get("title", content.get("name", "")))
    items = [item[item["type"]]["content"] for item in content.get("list", [])]
    lines = [content.get("head_content", ""), *items, content.get("tail_content", "")]
    return "\n".join(filter(None, lines))
