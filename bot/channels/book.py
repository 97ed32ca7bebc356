"""config/channels.toml → channels, or every mistake in it."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import Complaint
from bot.followed import Followed
from bot.reader import Reader, Rule, setting

FILE = "config/channels.toml"
STATE = re.compile(r"[A-Za-z0-9_-]{1,30}")  # WeCom takes 30 characters (doc 92572)
_MEMBERS = Rule(lambda members: 1 <= len(members) <= 100, "Name 1 to 100 userids (doc 92572)")
_TITLE = Rule(lambda title: 1 <= len(title) <= 30, "Write 1 to 30 characters")
_TAGS = Rule(
    lambda tags: all(1 <= len(tag) <= 30 for tag in tags), "Write tags of 1 to 30 characters"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChannel:
    state: str  # WeCom tells it with each customer who came by the code
    title: str = setting(rule=_TITLE, where='Add title = "虹口店收银台"')
    members: tuple[str, ...] = setting(rule=_MEMBERS, where='Add members = ["userid"]')
    script: str = ""  # the welcome; "": welcome/<first word of the state>, else welcome/first
    tags: tuple[str, ...] = setting((), rule=_TAGS)  # that they get
    skip_verify: bool = True  # no member has to accept them


def read_channels(
    root: Path, complaints: list[Complaint], scripts: Collection[str] | None = None
) -> Mapping[str, CodeChannel]:
    """By state. Without the file there are none.

    Args:
        scripts: ids of all scripts; None: they are not looked at.
    """
    reader = Reader(FILE, {}, complaints)
    table = reader.table(root, needed=False)
    for key in table.keys() - {"channel"}:
        reader.complain(key, "unknown key", "Write [channel.STATE] above it")
    return {one.state: one for one in _channels(table.get("channel", {}), reader, scripts)}


def _channels(
    table: Any, reader: Reader, scripts: Collection[str] | None
) -> Iterator[CodeChannel]:
    if not isinstance(table, dict):
        reader.complain("channel", "is no table", "Write [channel.STATE] on a line of its own")
        return
    for state, entry in table.items():
        key = f"channel.{state}"
        if not STATE.fullmatch(state):
            cure = "Use letters, digits, _ and -, 30 at most: WeCom takes no more"
            reader.complain(key, "cannot be the state of a code", cure)
        elif not isinstance(entry, dict):
            reader.complain(key, "is no table", f"Write [{key}] on a line of its own")
        elif channel := reader.read(CodeChannel, entry, f"{key}.", state=state):
            if channel.script and scripts is not None and channel.script not in scripts:
                problem = f"there is no script {channel.script!r}"
                reader.complain(f"{key}.script", problem, "Write the id of one")
            yield channel


class ChannelBook(Followed[Mapping[str, CodeChannel]]):
    """The channels in force.

    Args:
        scripts: the ids of the scripts of now; None: they are not looked at.
    """

    files = (FILE,)
    kept, new, action = "the channels", "new channels", "channels"

    def __init__(
        self, root: Path, scripts: Callable[[], Collection[str] | None] = lambda: None
    ) -> None:
        super().__init__(root, {})
        self._scripts = scripts

    @property
    def channels(self) -> Mapping[str, CodeChannel]:
        """By state."""
        return self.now

    def read(self, complaints: list[Complaint]) -> Mapping[str, CodeChannel]:
        return read_channels(self.root, complaints, self._scripts())
