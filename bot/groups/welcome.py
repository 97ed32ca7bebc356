"""Keeps the welcome material of groups (入群欢迎语素材) as config/groups.toml and its scripts say.

WeCom only stores it: the owner of a group applies it in the client, once (doc 92366).
"""

import asyncio
import logging
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.errors import ScriptError, WeComError
from bot.groups.rules import GroupBook, Welcome
from bot.scripts.address import PLACEHOLDER
from bot.scripts.library import Library
from bot.scripts.renderer import Renderer
from bot.scripts.script import Script
from bot.store.groups.news import GroupNews, Material
from bot.stores.store import NO_VOICE
from bot.touch.policy import Via
from bot.wecom.compose import contact_attachment, file_of, with_media
from bot.wecom.group_chats import GroupChats
from bot.wecom.media import Media

log = logging.getLogger(__name__)

NICKNAME = PLACEHOLDER  # of the joiner; {{ customer.name }} becomes this
TEXT_BYTES = 3000  # doc 92366


class WelcomeMaterial:
    """
    Args:
        folder: of the library, which files of attachments are in.
    """

    def __init__(
        self, chats: GroupChats, news: GroupNews, book: GroupBook, media: Media, clock: Clock, *,
        library: Callable[[], Library], renderer: Renderer, folder: Path,
    ) -> None:  # fmt: skip
        self._chats, self._news, self._book = chats, news, book
        self._media, self._clock = media, clock
        self._library, self._renderer, self._folder = library, renderer, folder
        self._turn = news.turns("group welcomes")  # else two add what is new

    async def sweep(self) -> None:
        """Add what is new, edit what has changed, delete what is gone."""
        async with self._turn():
            await self._keep_all()

    async def _keep_all(self) -> None:
        known = dict(await self._news.material())
        for one in self._book.rules.welcomes:
            had = known.pop(one.id, None)
            try:
                await self._keep(one, had)
            except (WeComError, ScriptError, OSError) as error:
                log.error("a group's welcome stays as it was: %s", error,
                          extra={"action": "groups", "welcome": one.id})  # fmt: skip
        for key, material in known.items():
            try:
                if material.template_id:
                    await self._chats.drop_welcome(material.template_id)
                await self._news.drop_material(key)
            except WeComError as error:
                extra = {"action": "groups", "welcome": key, "errcode": error.errcode}
                log.error("a group's welcome was not deleted", extra=extra)

    async def _keep(self, one: Welcome, had: Material | None) -> None:
        library = self._library()
        if one.script not in library:
            log.error("there is no script %s", one.script, extra={"action": "groups"})
            return
        script = library[one.script]
        text = words_of(script, self._renderer)
        digest = await asyncio.to_thread(digest_of, script, text, self._folder)
        if had and had.template_id and had.digest == digest:
            return
        if len(text.encode()) > TEXT_BYTES:
            extra = {"action": "groups", "welcome": one.id}
            log.error("a group's welcome is longer than %d bytes", TEXT_BYTES, extra=extra)
            return
        body = await self._body(script, text)
        now = self._clock.timestamp()
        if had and had.template_id:
            template_id = had.template_id
            await self._chats.edit_welcome(template_id, body)
        else:
            if had:  # there is no list of material: nobody can look whether it is there
                log.warning("a group's welcome may be in WeCom's console twice",
                            extra={"action": "groups", "welcome": one.id})  # fmt: skip
            await self._news.put_material(one.id, Material(template_id="", digest=""), now)
            try:
                template_id = await self._chats.add_welcome(body, notify=one.notify)
            except WeComError:
                await self._news.drop_material(one.id)
                raise
        await self._news.put_material(
            one.id, Material(template_id=template_id, digest=digest), now
        )

    async def _body(self, script: Script, text: str) -> dict[str, Any]:
        body: dict[str, Any] = {"text": {"content": text}} if text else {}
        for item in script.attachments[:1]:  # WeCom takes one
            if file := file_of(item, Via.WELCOME_CODE):
                item = with_media(item, await self._media.ensure(file))
            attachment = contact_attachment(item)
            body[item.kind] = attachment[item.kind]
        return body


def words_of(script: Script, renderer: Renderer) -> str:
    """As WeCom gets them.

    Raises:
        ScriptError: they cannot be said so.
    """
    values = {
        "customer": {"name": NICKNAME, "tags": []},
        "member": {"name": ""},
        "persona": script.persona,
        "store": NO_VOICE.values,
    }
    return renderer.fill(script, script.say[0], values)


def digest_of(script: Script, text: str, folder: Path) -> str:
    """Another one as soon as the words, the attachment or its file are others.

    Raises:
        OSError: the file cannot be read.
    """
    told = blake2b(text.encode(), digest_size=16)
    for item in script.attachments[:1]:
        told.update(repr(item).encode())
        if file := file_of(item, Via.WELCOME_CODE):
            told.update((folder / file).read_bytes())
    return told.hexdigest()
