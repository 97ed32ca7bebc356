"""One code by which customers come: what it is, and how it is made at WeCom."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256

import orjson

from bot.files.reader import Rule, setting
from bot.wecom.contact_ways import ContactWay, ContactWays, Made

LAG_S = 300.0  # how far WeCom's clock and ours may differ
MEMBERS = Rule(lambda members: 1 <= len(members) <= 100, "Name 1 to 100 userids (doc 92572)")
TITLE = Rule(lambda title: 1 <= len(title) <= 30, "Write 1 to 30 characters")
TAGS = Rule(
    lambda tags: all(1 <= len(tag) <= 30 for tag in tags), "Write tags of 1 to 30 characters"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChannel:
    state: str  # WeCom names it with each customer who comes by the code
    title: str = setting(rule=TITLE, where='Add title = "虹口店收银台"')
    members: tuple[str, ...] = setting(rule=MEMBERS, where='Add members = ["userid"]')
    script: str = ""  # the welcome; "": welcome/<first word of the state>, else welcome/first
    tags: tuple[str, ...] = setting((), rule=TAGS)  # that they get
    skip_verify: bool = True  # no member has to accept them

    @property
    def way(self) -> ContactWay:
        return ContactWay(
            state=self.state, remark=self.title, members=self.members,
            skip_verify=self.skip_verify,
        )  # fmt: skip


def digest_of(way: ContactWay) -> str:
    """Changes with whatever WeCom is told."""
    return sha256(orjson.dumps(way.body())).hexdigest()


async def made(
    ways: ContactWays, way: ContactWay, now: float, asked_at: float | None,
    ask: Callable[[], Awaitable[None]],
) -> Made:  # fmt: skip
    """The code at WeCom, made at most once.

    Args:
        asked_at: when we asked for it (Unix seconds) without learning what came of it.
        ask: records that we are about to ask.

    Raises:
        WeComError: as WeCom says.
    """
    if asked_at is None:
        await ask()
    elif found := await ways.find(way.state, asked_at - LAG_S, now + LAG_S):
        await ways.update(found.config_id, way)
        return found
    return await ways.add(way)
