"""A workspace: the folder of one company, with handlers/, scripts_library/ and config/."""

import os
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from shutil import Error as CopyError
from shutil import copy2, copytree, ignore_patterns
from urllib.parse import urlsplit

from bot.errors import Complaint, ConfigError
from bot.files.reader import dotenv_lines
from bot.scripts.reading import SHARED
from bot.scripts.tuning import BARS
from bot.settings import Settings
from bot.touch.consent import understood

PARTS = ("handlers", "scripts_library", "config", ".env.example")
QUESTIONS = "tests/questions.jsonl"  # what customers ask, with the script that answers it
_BOT = Path(__file__).parents[1]
_CONFIG = "config/bot.toml"
_OURS = ("name", "phone", "address", "site")  # a company may well keep the sample's hours
_GITIGNORE = ".env\narchive_keys/\nvar/\nbackup/\n__pycache__/\n"


def lay_out(target: Path) -> None:
    """Fill a new or empty folder with a complete workspace.

    Raises:
        ConfigError: the folder is not empty, is a file, or cannot be filled.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        problem = "is not empty" if target.is_dir() else "is a file"
        raise ConfigError([Complaint(str(target), "DIR", problem, "Name a new or empty folder")])
    try:
        _copy(sample_workspace(), target)
    except CopyError as error:  # of many files, each with its reason
        _, place, why = error.args[0][0]
        cure = f"Mend that, remove {target}, and lay it out once more"
        raise ConfigError([Complaint(str(place), "*", str(why), cure)]) from None


def _copy(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if (source / part).is_dir():
            copytree(source / part, target / part, ignore=ignore_patterns("__pycache__"))
        else:
            copy2(source / part, target / part)
    (target / QUESTIONS).parent.mkdir()
    copy2(_BOT / "scripts/data/questions.jsonl", target / QUESTIONS)
    (target / ".gitignore").write_text(_GITIGNORE, "utf-8")


def stands_in(root: Path) -> bool:
    """Whether this folder is a workspace at all."""
    return os.path.isfile(root / _CONFIG)  # False, too, where config/ may not be opened


def unfinished(
    root: Path, library: str, settings: Settings | None, scripts: Collection[str]
) -> Iterator[Complaint]:
    """What works, but should not stay when real customers come.

    `scripts`: the ids of the library's.
    """
    if settings is not None:
        sample = tomllib.loads((sample_workspace() / _CONFIG).read_text("utf-8"))["company"]
        if same := [key for key in _OURS if sample[key] == getattr(settings.company, key)]:
            cure = "Write what is true of your company"
            yield Complaint(_CONFIG, "company", f"{', '.join(same)}: still the sample", cure)
    shipped = sample_workspace() / "scripts_library"
    ours = root / library
    if _same(shipped / SHARED, ours / SHARED) or all(
        _same(script, ours / script.relative_to(shipped)) for script in shipped.rglob("*.toml")
    ):
        cure = f"Read {library}/{SHARED} and the scripts: these are an invented shop's promises"
        yield Complaint(library, SHARED, "still the sample", cure)
    if scripts and _same(shipped / BARS, ours / BARS) and _is_other(shipped, scripts):
        cure = "Find those of your scripts: huashu scripts calibrate"
        yield Complaint(library, BARS, "found for the sample's scripts, not for yours", cure)
    archive = settings.archive if settings else None
    keys = (root / archive.keys).glob("*.pem") if archive else ()  # they decrypt every chat
    for secret in (root / ".env", *sorted(keys)):
        if os.name == "posix" and secret.is_file() and secret.stat().st_mode & 0o077:
            name = f"{secret.relative_to(root)}" if secret.is_relative_to(root) else f"{secret}"
            problem = "others on this machine may read it"
            yield Complaint(name, "mode", problem, f"chmod 600 {name}")


def prefixed(settings: Settings) -> Iterator[Complaint]:
    """Warns of a path in the public address: a proxy may strip it from callbacks, but links in
    pages begin at the root."""
    if urlsplit(settings.server.public_url).path.strip("/"):
        cure = "Give the bot a host name of its own, without a path"
        problem = "console and sidebar do not work below a path"
        yield Complaint(_CONFIG, "server.public_url", problem, cure)


def repeated(root: Path) -> Iterator[Complaint]:
    """Variables that .env sets twice: whoever filled in the upper line would look in vain."""
    first = dict[str, str]()
    for name, value in dotenv_lines(root / ".env", []):
        if first.setdefault(name, value) != value:
            cure = "Take the other line out"
            yield Complaint(".env", name, "stands there twice, and the last one counts", cure)


def overheard(settings: Settings) -> Iterator[Complaint]:
    """The list that shipped once, or words of it: on a list a word counts wherever it stands."""
    manners = settings.manners
    if words := understood(manners):
        shown = "、".join(words[:3]) + ("…" if words[3:] else "")
        problem = f"{shown} is understood without a list, and on it 剩下那件别再发了 opts out, too"
        kept = ", ".join(f'"{word}"' for word in manners.opt_out if word not in words)
        cure = f"Write opt_out = [{kept}], and opt_out_unless = [] if it holds none of your own"
        yield Complaint("config/touch.toml", "manners.opt_out", problem, cure)


def old_pairs(settings: Settings) -> Iterator[Complaint]:
    """Old pairs of Token and AESKey that are still accepted and were to be replaced."""
    app, bot = settings.app, settings.bot
    for name, keys in (("app", app and app.callback), ("bot", bot and bot.callback)):
        if keys and keys.old:
            problem = "the old Token and EncodingAESKey are still accepted"
            cure = "Take it out when each page of the console has the new ones, and restart"
            yield Complaint(_CONFIG, f"{name}.callback.old", problem, cure)


def _is_other(shipped: Path, scripts: Collection[str]) -> bool:
    """Whether fewer than half of the library's scripts, or of the sample's, are in both."""
    files = [tomllib.loads(file.read_text("utf-8")) for file in shipped.rglob("*.toml")]
    sample = [script for file in files for script in file.get("script", ())]
    asked = {script["id"] for script in sample if "ask" in script}
    kept = asked.intersection(scripts)
    own = set(scripts).difference(script["id"] for script in sample)
    return 2 * len(kept) < max(len(asked), len(kept) + len(own))


def _same(shipped: Path, ours: Path) -> bool:
    try:
        return ours.read_bytes() == shipped.read_bytes()
    except OSError:
        return False  # missing or unreadable: whoever reads the library says so


def sample_workspace() -> Path:
    """The one that the wheel carries; in a checkout, which is a workspace itself, the checkout."""
    packed = _BOT / "_workspace"
    return packed if packed.is_dir() else _BOT.parent
