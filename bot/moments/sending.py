"""Approved moments whose time has come: judged for each account, then requested from WeCom, once.

WeCom does not recognise a repeated add_moment_task. So each share is marked before the call, and
if that was interrupted, WeCom's own list is read before anything is decided.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import Clock, moment
from bot.errors import NoAnswer, TryLater, WeComError
from bot.members.userids import folded
from bot.moments.judging import DAY_S, Judge
from bot.store.moments.moments import MomentTable, Post
from bot.store.states import PartState
from bot.wecom.contact_lists import ContactLists
from bot.wecom.moments import Moments

log = logging.getLogger(__name__)

AT_ONCE = 8  # in a minute: WeCom allows ten (doc 95094)
APPEARS_S = 120.0  # by then WeCom's list shows what was created
ASKEW_S = 300.0  # how far WeCom's clock may differ from ours
LATER_S = 600.0
TOO_LATE = ("等了太久，不再发", "it was held back for too long")


class MomentSending:
    """
    Args:
        tags: of a segment: the names of its tags; None: it is not made of tags.
        library: the folder of the scripts, with the pictures.
    """

    def __init__(
        self, judge: Judge, table: MomentTable, wecom: Moments, lists: ContactLists, clock: Clock,
        *, tags: Callable[[str], tuple[str, ...] | None], library: Path, zone: ZoneInfo,
    ) -> None:  # fmt: skip
        self._judge, self._table, self._wecom, self._lists = judge, table, wecom, lists
        self._clock, self._tags, self._library, self._zone = clock, tags, library, zone

    async def sweep(self) -> None:
        """Request what is due now."""
        now = self._clock.now()
        for doubt, at, members in await self._table.doubts(now.timestamp() - APPEARS_S):
            await self._resolve(doubt, at, members)
        rules, hour = self._judge.book.rules, now.astimezone(self._zone).hour
        if not rules.opens <= hour < rules.shuts:
            return
        for post in await self._table.due(now.timestamp(), AT_ONCE):
            await self._send(post, now)
        await self._table.close()

    async def _send(self, post: Post, now: datetime) -> None:
        assert post.due_at is not None  # it is approved
        late = now.timestamp() > post.due_at + self._judge.book.rules.wait_days * DAY_S
        members = []
        for part in post.parts:
            if part.state > PartState.HELD or part.again_at > now.timestamp():
                continue
            held = await self._judge.may_go(part.member, post.kind, now, post.id)
            if held is None:
                members.append(part.member)
            elif late:
                zh, en = f"{TOO_LATE[0]}：{held.zh}", f"{TOO_LATE[1]}: {held.en}"
                await self._table.end(post.id, [part.member], PartState.REFUSED, zh, en)
            else:
                await self._table.hold(part, held.zh, held.en, held.again_at.timestamp())
        claimed = await self._table.claim(post.id, members, now.timestamp()) if members else []
        if claimed:
            await self._ask(post, claimed)

    async def _ask(self, post: Post, members: list[str]) -> None:
        asked = False
        try:
            tags = await self._tag_ids(post.segment)
            if tags is None:
                zh = f"人群「{post.segment}」不是按企业微信里有的标签圈的。"
                en = f"The segment {post.segment!r} is not made of tags that WeCom has."
                await self._table.end(post.id, members, PartState.REFUSED, zh, en)
                return
            pictures = [await self._upload(one) for one in post.files]
            asked = True
            job = await self._wecom.create(members, post.text, pictures, tags)
        except WeComError as error:
            await self._failed(post, members, error, asked=asked)
            return
        except OSError as error:
            zh, en = (
                f"图片读不出来：{error.strerror}",
                f"A picture cannot be read: {error.strerror}",
            )
            await self._table.end(post.id, members, PartState.REFUSED, zh, en)
            return
        await self._table.asked(post.id, members, job)
        log.info(
            "a moment waits for its members",
            extra={"action": "moment.asked", "post": post.id, "members": len(members)},
        )

    async def _failed(
        self, post: Post, members: list[str], error: WeComError, *, asked: bool
    ) -> None:
        extra = {"action": "moment", "post": post.id, "errcode": error.errcode}
        log.warning("a moment could not be asked for", extra=extra)
        match error:
            case NoAnswer(sent=True) if asked:
                return  # WeCom may have it: looked for in a while
            case TryLater(after_s=after_s):
                await self._table.back(post.id, members, self._clock.timestamp() + after_s)
            case NoAnswer():
                await self._table.back(post.id, members, self._clock.timestamp() + LATER_S)
            case _:
                zh = f"企业微信没有接受：{error.errcode} {error.errmsg}"
                en = f"WeCom refused it: {error.errcode} {error.errmsg}"
                await self._table.end(post.id, members, PartState.REFUSED, zh, en)

    async def _resolve(self, post_id: str, at: float, members: list[str]) -> None:
        """Find out whether WeCom has an interrupted request, else send it again: never both."""
        post = await self._table.get(post_id)
        assert post is not None  # its share is there
        since = moment(at - ASKEW_S)
        until = self._clock.now() + timedelta(seconds=ASKEW_S)
        known = await self._table.known(at - DAY_S)
        try:
            for one in await self._wecom.listed(since, until):
                if one.moment in known or one.text.strip() != post.text:
                    continue
                theirs = await self._wecom.posted(one.moment)
                if {*map(folded, theirs)} == {*map(folded, members)}:
                    await self._table.asked(post_id, members, "", one.moment)
                    return
        except WeComError as error:
            log.info("later", extra={"action": "moment", "post": post_id, "api": error.api})
            return
        await self._table.back(post_id, members, 0.0)

    async def _tag_ids(self, segment: str) -> tuple[str, ...] | None:
        """The ids of the tags by which WeCom chooses who sees it; (): everybody. None: WeCom
        cannot choose them."""
        if not segment:
            return ()
        names = self._tags(segment)
        if not names:
            return None
        known: Mapping[str, str] = {
            name: tag for tag, name in (await self._lists.tag_names()).items()
        }
        found = tuple(known[name] for name in names if name in known)
        return found or None

    async def _upload(self, path: str) -> str:
        file = self._library / path
        return await self._wecom.upload(file.name, await asyncio.to_thread(file.read_bytes))
