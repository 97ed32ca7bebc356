"""What a template card (模板卡片) may hold, by its type (docs 90236, 101032)."""

from typing import Any

from bot.mockwecom.rules import Refusal
from bot.mockwecom.shapes import Items, Number, Shape, Text, check

TEXT, NEEDED = Text(), Text(empty=False)
TITLE = Text(code=42033, empty=False)
KEY_BYTES = 1024
OPTION: Shape = {
    "id!": Text(most=128, code=42040, empty=False),
    "text!": Text(code=42041, empty=False),
    "is_checked": bool,
}
JUMP: Shape = {
    "type": Number(among=(0, 1, 2, 3)),
    "title!": TITLE,
    "question": Text(most=200),
    "url": Text(code=42028),
    "appid": Text(code=42030),
    "pagepath": TEXT,
}
QUESTION = Text(most=KEY_BYTES, code=42043, empty=False)
SELECTION: Shape = {
    "question_key!": QUESTION,
    "title": TEXT,
    "option_list!": Items(of=OPTION, most=10, code=42037),
    "selected_id": TEXT,
    "disable": bool,
}
HORIZONTAL: Shape = {
    "type": Number(among=(0, 1, 2, 3)),
    "keyname!": Text(code=42027, empty=False),
    "value": TEXT,
    "url": Text(code=42028),
    "media_id": Text(code=42029),
    "userid": Text(code=42050),
}
BUTTON: Shape = {
    "type": Number(among=(0, 1)),
    "text!": Text(code=42038, empty=False),
    "style": Number(among=(1, 2, 3, 4)),
    "key": Text(most=KEY_BYTES, code=42039, empty=False),
    "url": Text(code=42028),
}
FIELDS: dict[str, Shape] = {
    "card_type": NEEDED,
    "source": {"icon_url": TEXT, "desc": TEXT, "desc_color": Number(among=(0, 1, 2, 3))},
    "main_title": {"title": TEXT, "desc": TEXT},
    "task_id": Text(most=128, code=42014, pattern=r"[0-9A-Za-z_\-@]+"),
    "feedback": {"id!": Text(most=256, empty=False)},
    "action_menu": {
        "desc": TEXT,
        "action_list!": Items(
            of={"text!": NEEDED, "key!": Text(most=KEY_BYTES, code=42051, empty=False)},
            most=3,
            code=42051,
        ),
    },
    "quote_area": {
        "type": Number(among=(0, 1, 2)),
        "url": Text(code=42028),
        "appid": Text(code=42030),
        "pagepath": TEXT,
        "title": TEXT,
        "quote_text": TEXT,
    },
    "emphasis_content": {"title": TEXT, "desc": TEXT},
    "sub_title_text": TEXT,
    "horizontal_content_list": Items(of=HORIZONTAL, most=6, code=42035),
    "jump_list": Items(of=JUMP, most=3, code=42042),
    "card_action": {
        "type!": Number(among=(1, 2), code=42045),
        "url": Text(code=42045),
        "appid": Text(code=42045),
        "pagepath": TEXT,
    },
    "card_image": {"url!": Text(code=42044, empty=False), "aspect_ratio": Number(whole=False)},
    "image_text_area": {
        "type": Number(among=(0, 1, 2)),
        "url": TEXT,
        "appid": TEXT,
        "pagepath": TEXT,
        "title": TEXT,
        "desc": TEXT,
        "image_url!": Text(code=42044, empty=False),
    },
    "vertical_content_list": Items(of={"title!": TITLE, "desc": TEXT}, most=4, code=42036),
    "button_selection": SELECTION,
    "button_list": Items(of=BUTTON, most=6, code=42038),
    "checkbox": {
        "question_key!": QUESTION,
        "option_list!": Items(of=OPTION, most=20, code=42037),
        "mode": Number(among=(0, 1)),
        "disable": bool,
    },
    "select_list": Items(of=SELECTION, most=3, code=42047),
    "submit_button": {
        "text!": Text(code=42049, empty=False),
        "key!": Text(most=KEY_BYTES, code=42046, empty=False),
    },
}
COMMON = {"card_type!", "source", "main_title", "feedback"}
NOTICE = {"action_menu", "task_id", "quote_area", "horizontal_content_list", "jump_list"}
BUTTONS = {"action_menu", "quote_area", "horizontal_content_list", "card_action", "sub_title_text"}
BY_TYPE: dict[str, set[str]] = {
    "text_notice": NOTICE | {"emphasis_content", "sub_title_text", "card_action!"},
    "news_notice": NOTICE
    | {"card_image", "image_text_area", "vertical_content_list", "card_action!"},
    "button_interaction": BUTTONS | {"task_id!", "button_list!", "button_selection"},
    "vote_interaction": {"task_id!", "checkbox!", "submit_button!"},
    "multiple_interaction": {"task_id!", "select_list!", "submit_button!"},
}


def check_card(card: object) -> None:
    """Raise the Refusal (42014 … 42051) with which WeCom would answer this card."""
    kind = card.get("card_type") if isinstance(card, dict) else None
    if not isinstance(card, dict) or kind not in BY_TYPE:
        raise Refusal(40058, f"template_card.card_type is none of {', '.join(BY_TYPE)}")
    names = COMMON | BY_TYPE[kind]
    check(card, {name: FIELDS[name.removesuffix("!")] for name in sorted(names)}, "template_card")
    menu = [action["key"] for action in card.get("action_menu", {}).get("action_list", [])]
    if len(set(menu)) < len(menu):
        raise Refusal(42051, "template_card.action_menu has the same key twice")
    if menu and "task_id" not in card:
        raise Refusal(42014, "template_card.action_menu needs a task_id")
    for button in card.get("button_list", []):
        if button.get("type", 0) == 0 and "key" not in button:
            raise Refusal(42039, "template_card.button_list has a button without a key")


def card_keys(card: dict[str, Any]) -> set[str]:
    """The keys that a press on this card may report."""
    pressed = [*card.get("button_list", []), *card.get("action_menu", {}).get("action_list", [])]
    pressed += [card["submit_button"]] if "submit_button" in card else []
    return {button["key"] for button in pressed if "key" in button}
