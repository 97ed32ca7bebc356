"""A speech in the form that each API wants."""

from dataclasses import replace
from typing import Any

from bot.outbox import Speech
from bot.scripts.renderer import fit
from bot.scripts.script import Attachment
from bot.touch.policy import Via


def contact_body(speech: Speech) -> dict[str, Any]:
    """send_welcome_msg, add_msg_template: text and up to nine attachments (92137, 92135)."""
    body: dict[str, Any] = {}
    if speech.text:
        body["text"] = {"content": speech.text}
    if speech.attachments:
        body["attachments"] = [contact_attachment(item) for item in speech.attachments]
    return body


def contact_attachment(item: Attachment) -> dict[str, Any]:
    match item.kind:
        case "link":
            fields = {"title": item.title, "url": item.url}
            optional = {"picurl": item.picurl, "desc": item.desc}
        case "miniprogram":
            fields = {"title": item.title, "appid": item.appid, "page": item.page_html}
            optional = {"pic_media_id": item.pic_media_id}
        case _:
            fields = {}
            optional = {"media_id": item.media_id, "pic_url": item.pic_url}
    present = {name: value for name, value in optional.items() if value}
    return {"msgtype": item.kind, item.kind: {**fields, **present}}


def file_of(item: Attachment, via: Via) -> str:
    """The library's file that must be uploaded before this can go by `via`; "" if none."""
    contact = via in (Via.WELCOME_CODE, Via.STAFF_TASK)
    if via is Via.SERVICE_SESSION or (contact and item.kind != "link"):
        return item.file or item.pic_file
    return item.file


def with_media(item: Attachment, media_id: str) -> Attachment:
    """The same with its file uploaded."""
    if item.file:
        return replace(item, media_id=media_id)
    return replace(item, pic_media_id=media_id)


def service_body(speech: Speech) -> dict[str, Any]:
    """kf/send_msg and send_msg_on_event: one thing a message (doc 94677)."""
    if speech.menu:
        menu: dict[str, Any] = {
            "head_content": speech.text,
            "list": [
                {"type": "click", "click": {"id": key, "content": question}}
                for key, question in speech.menu
            ],
        }
        if speech.tail:
            menu["tail_content"] = speech.tail
        return {"msgtype": "msgmenu", "msgmenu": menu}
    if speech.attachments and not speech.text:
        return service_attachment(speech.attachments[0])
    return text_body(speech.text)


def service_attachment(item: Attachment) -> dict[str, Any]:
    match item.kind:
        case "link" if item.pic_media_id:
            link = {"title": item.title, "url": item.url, "thumb_media_id": item.pic_media_id}
            return {"msgtype": "link", "link": {**link, "desc": item.desc}}
        case "link":  # WeCom accepts no link without an uploaded picture
            return text_body(f"{item.title}\n{item.url}")
        case "miniprogram":
            program = {"appid": item.appid, "title": item.title, "pagepath": item.page_html}
            program["thumb_media_id"] = item.pic_media_id
            return {"msgtype": "miniprogram", "miniprogram": program}
        case "image" if not item.media_id:
            return text_body(item.pic_url)
    return {"msgtype": item.kind, item.kind: {"media_id": item.media_id}}


def app_body(speech: Speech) -> dict[str, Any]:
    """message/send (doc 90236)."""
    if speech.attachments and not speech.text:
        item = speech.attachments[0]
        if item.kind == "link":
            card = {"title": item.title, "description": item.desc or item.title, "url": item.url}
            return {"msgtype": "textcard", "textcard": card}
        if item.media_id:
            return {"msgtype": item.kind, item.kind: {"media_id": item.media_id}}
        return text_body(item.pic_url or item.title)
    return text_body(speech.text)


def notice_body(speech: Speech, number: str, most: int) -> dict[str, Any]:
    """message/send to staff: the customer's own words must not become a link in it.

    `number` keeps two equal notices apart: WeCom drops the second one of equal words. It cuts what
    is behind `most` bytes.
    """
    apart = f"\n(编号 {number})"
    words = fit(speech.text.replace("<", "＜"), most - len(apart.encode()), 1)
    return text_body("".join([*words, apart]))


def bot_body(speech: Speech) -> dict[str, Any]:
    """A smart bot's active reply (doc 101138)."""
    return {"msgtype": "markdown", "markdown": {"content": markdown(speech)}}


def bot_stream_body(speech: Speech, stream_id: str) -> dict[str, Any]:
    """A smart bot's reply over the long connection: one finished stream (doc 101463)."""
    stream = {"id": stream_id, "finish": True, "content": markdown(speech)}
    return {"msgtype": "stream", "stream": stream}


def text_body(text: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": text}}


def markdown(speech: Speech) -> str:
    links = [
        f"[{item.title or '图片'}]({item.url or item.pic_url})"
        for item in speech.attachments
        if item.url or item.pic_url
    ]
    return "\n\n".join(part for part in (speech.text, *links) if part)
