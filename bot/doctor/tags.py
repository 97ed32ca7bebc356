"""Whether the tags that segments and plans name exist in WeCom with the same spelling."""

from collections.abc import Sequence
from pathlib import Path

from bot.doctor.causes import cause_of, said
from bot.doctor.line import Cause, Line, State, Words, bad, good
from bot.errors import WeComError
from bot.files.reader import Reader
from bot.plans.segments import FILE, read_segments
from bot.wecom.client import WeComClient
from bot.wecom.contact_lists import ContactLists

UNKNOWN_TAGS = Cause(
    "unknown_tags",
    Words("配置里的这些标签，企业微信里没有，写到它们的分群不会有人（自己程序打的标签除外）：",
          "WeCom has no such tags, so that nobody gets them there; tags that your signals give "
          "are no matter:"),
    Words(f"{FILE} 的 [known] tags，或 客户联系 → 客户标签",
          f"[known] tags in {FILE}, or 客户联系 → 客户标签"),
    92117, State.AMBER,
)  # fmt: skip


def named_tags(root: Path) -> tuple[str, ...]:
    """The tags of [known] in config/segments.toml; its mistakes are left to `huashu check`."""
    reader = Reader(FILE, {}, [])
    return read_segments(reader, reader.table(root, needed=False)).words.tags


async def tags(client: WeComClient, named: Sequence[str]) -> Line:
    try:
        known = {*(await ContactLists(client).tag_names()).values()}
    except WeComError as error:
        return bad("tags", cause_of(error, "contact"), said(error))
    if missing := [one for one in named if one not in known]:
        told = "、".join(missing)
        return bad("tags", UNKNOWN_TAGS, Words(told, told))
    return good("tags", f"配置里的 {len(named)} 个标签都有。",
                f"All tags that the settings name exist: {len(named)}.", 92117)  # fmt: skip
