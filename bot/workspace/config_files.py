"""Files of config/ that people change while the engine runs: checked whole, then put in place.

A change is tried on a copy of the folder first. What cannot be used is never written, and somebody
else's change meanwhile is not overwritten.
"""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from threading import RLock
from zoneinfo import ZoneInfo

import tomlkit
from tomlkit.exceptions import TOMLKitError

from bot.channels.book import ChannelBook
from bot.errors import BotError, Complaint, ConfigError
from bot.files.reader import Reader, read_dotenv
from bot.files.textfile import read_text
from bot.groups.rules import GroupBook
from bot.moments.rules import MomentBook
from bot.plans.segments import FILE as SEGMENTS
from bot.plans.segments import Segments, read_segments, tagged
from bot.profile.rules import CustomerBook
from bot.referral.book import ReferralBook
from bot.scripts.checks.forbidden import read_groups as read_forbidden
from bot.settings import Settings
from bot.signals.reading import SignalBook
from bot.tagging.book import read_tagging
from bot.touch.rulebook import read_policy

FILES = (
    "touch.toml",
    "caps.toml",
    "calendar.toml",
    "segments.toml",
    "groups.toml",
    "moments.toml",
    "channels.toml",
    "tagging.toml",
    "referral.toml",
    "signals.toml",
    "customers.toml",
    "forbidden.toml",
    "bot.toml",
)
AT_THE_START = ("bot.toml",)  # read only at the start; the others are followed while the bot runs
Scripts = Callable[[], Collection[str] | None]
Change = Callable[[tomlkit.TOMLDocument], None]
_ONE_AT_A_TIME = RLock()  # trying a file takes a while, and two changes would both be found good


class ChangedMeanwhile(BotError):
    """Somebody else has changed the file since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    text: str
    digest: str  # of the text, to be passed back with a change


class ConfigFiles:
    """
    Args:
        root: the workspace.
        zone: the company's.
        scripts: the ids of the scripts of now; None: they are not looked at.
    """

    def __init__(self, root: Path, zone: ZoneInfo, scripts: Scripts = lambda: None) -> None:
        self._root, self._zone, self._scripts = root, zone, scripts

    def read(self, name: str) -> Text:
        """
        Raises:
            KeyError: it is none of `FILES`.
            ConfigError: it cannot be read.
        """
        if name not in FILES:
            raise KeyError(name)
        path = self._root / "config" / name
        complaints: list[Complaint] = []
        try:
            text = read_text(path, f"config/{name}", complaints)
        except FileNotFoundError:
            text = ""
        if text is None:
            raise ConfigError(complaints)
        return Text(text=text, digest=_digest(text))

    def write(self, name: str, text: str, digest: str) -> None:
        """Put `text` in place of what had `digest`.

        Raises:
            ConfigError: it cannot be used; names each mistake.
            ChangedMeanwhile: the file is another by now.
        """
        with _ONE_AT_A_TIME:
            self._seen(name, digest)
            text = text.replace("\r\n", "\n")
            self._try(name, text)
            path = self._root / "config" / name
            beside = path.with_suffix(".new")
            beside.write_text(text, "utf-8")
            os.replace(beside, path)

    def change(self, name: str, change: Change, digest: str | None = None) -> str:
        """Change the file but leave its comments as they are; returns the new text.

        Args:
            digest: of the text that is to be changed; None: whatever there is.

        Raises:
            ConfigError: the result cannot be used; names each mistake.
            ChangedMeanwhile: the file is another by now.
        """
        with _ONE_AT_A_TIME:
            before = self._seen(name, digest)
            try:
                document = tomlkit.parse(before.text)
                change(document)
            except TOMLKitError as error:
                told = Complaint(f"config/{name}", "", str(error), "Mend it")
                raise ConfigError([told]) from None
            text = tomlkit.dumps(document)
            self.write(name, text, before.digest)
            return text

    def _seen(self, name: str, digest: str | None) -> Text:
        """
        Raises:
            ChangedMeanwhile: the file is another than that of this digest.
        """
        found = self.read(name)
        if digest not in (None, found.digest):
            raise ChangedMeanwhile(f"config/{name} has changed meanwhile: look at it again.")
        return found

    def _try(self, name: str, text: str) -> None:
        environ: Mapping[str, str] = {**read_dotenv(self._root / ".env", []), **os.environ}
        with TemporaryDirectory() as folder:
            copy = Path(folder)
            (copy / "config").mkdir()
            for path in (self._root / "config").glob("*.toml"):
                if path.name != name:
                    _linked(path, copy / "config" / path.name)
            (copy / "config" / name).write_text(text, "utf-8")
            self._read(name, copy, environ)

    def _read(self, name: str, root: Path, environ: Mapping[str, str]) -> None:
        """Read it as the bot would, in the workspace `root`."""
        match name:
            case "bot.toml":
                Settings.load(root, environ)
            case "signals.toml":
                SignalBook(root).open()
            case "channels.toml":
                ChannelBook(root, self._scripts).open()
            case "referral.toml":
                ReferralBook(root, self._scripts).open()
            case "tagging.toml":
                _refuse(lambda complaints: read_tagging(root, complaints, self._scripts()))
            case "customers.toml":
                CustomerBook(root).open()
            case "groups.toml":
                GroupBook(root, self._scripts).open()
            case "moments.toml":
                MomentBook(root, lambda: tagged(_segments(root, environ, []))).open()
            case "segments.toml":
                _refuse(lambda complaints: _segments(root, environ, complaints))
            case "forbidden.toml":
                _refuse(lambda complaints: read_forbidden(root, complaints))
            case _:
                read_policy(root, environ, self._zone)


def _linked(path: Path, there: Path) -> None:
    try:
        there.symlink_to(path.absolute())
    except OSError:  # Windows allows it only to some
        copyfile(path, there)


def _segments(root: Path, environ: Mapping[str, str], complaints: list[Complaint]) -> Segments:
    reader = Reader(SEGMENTS, environ, complaints)
    return read_segments(reader, reader.table(root, needed=False))


def _refuse(read: Callable[[list[Complaint]], object]) -> None:
    complaints: list[Complaint] = []
    read(complaints)
    if complaints:
        raise ConfigError(complaints)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
