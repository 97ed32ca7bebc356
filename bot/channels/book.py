"""config/channels.toml → channels, or every mistake in it."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from bot.channels.way import CodeChannel
from bot.errors import Complaint
from bot.files.followed import Followed
from bot.files.naming import Named, lost
from bot.files.reader import Reader
from bot.referral.book import ReferralBook
from bot.store.states import OWN_CODES

FILE = "config/channels.toml"
STATE = re.compile(r"[A-Za-z0-9_-]{1,30}")  # WeCom takes 30 characters (doc 92572)


def read_channels(
    root: Path, complaints: list[Complaint], scripts: Collection[str] | None
) -> Mapping[str, CodeChannel]:
    """By state. Without the file there are none.

    Args:
        scripts: ids of all scripts; None: they are not looked at.
    """
    channels = {one.state: one for one in _channels(root, Reader(FILE, {}, complaints))}
    complaints += lost(scripts_named(channels), scripts)
    return channels


def scripts_named(channels: Mapping[str, CodeChannel]) -> Iterator[Named]:
    for state, channel in channels.items():
        if channel.script:
            yield Named(FILE, f"channel.{state}.script", channel.script)


def _channels(root: Path, reader: Reader) -> Iterator[CodeChannel]:
    for state, key, entry in reader.all_named(root, "channel", "STATE"):
        if not STATE.fullmatch(state) or state.startswith(OWN_CODES):
            cure = f"Use letters, digits, _ and -, 30 at most, but not {OWN_CODES} in front"
            reader.complain(key, "cannot be the state of a code", cure)
        elif channel := reader.read(CodeChannel, entry, f"{key}.", state=state):
            yield channel


class ChannelBook(Followed[Mapping[str, CodeChannel]]):
    """The channels in force.

    Args:
        scripts: the ids of the scripts of now; None: not checked.
        referrals: customers' own codes, which are channels, too.
    """

    files = (FILE,)
    kept, new, action = "the channels", "new channels", "channels"

    def __init__(
        self, root: Path, scripts: Callable[[], Collection[str] | None] = lambda: None,
        referrals: ReferralBook | None = None,
    ) -> None:  # fmt: skip
        super().__init__(root, {})
        self._scripts, self._referrals = scripts, referrals

    @property
    def channels(self) -> Mapping[str, CodeChannel]:
        """By state."""
        return self.rules

    def of(self, state: str) -> CodeChannel | None:
        """By whatever code somebody came: a place's, or a customer's own."""
        own = self._referrals.channel(state) if self._referrals else None
        return own or self.channels.get(state)

    def called(self, state: str) -> tuple[str, str]:
        """What people call the code of this state, in Chinese and English: the channel's or the
        campaign's title, or that no file names it; "" for ""."""
        channel = self.of(state)
        if channel or not state:
            return (channel.title, channel.title) if channel else ("", "")
        return f"没登记的码 {state}", f"a code of no channel, {state}"

    def read(self, complaints: list[Complaint]) -> Mapping[str, CodeChannel]:
        return read_channels(self.root, complaints, self._scripts())
