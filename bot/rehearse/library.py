"""What the bot may say in a rehearsal: the workspace's scripts, or a library in their place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import Complaint
from bot.scripts.calibration import calibrated
from bot.scripts.formats import read_library
from bot.scripts.library import Library
from bot.scripts.lines import open_library
from bot.scripts.normalise import normalise
from bot.scripts.script import Script, Variant

SYSTEM = "system/"  # scripts that the program says by name
GREETINGS = ("greeting", "招呼", "欢迎", "welcome")
# What the handlers say when somebody comes, and the words that mark a script as meant for it.
WELCOMES: Mapping[str, tuple[str, ...]] = {
    "welcome/kf": ("session_enter", "enter_session", "session", "kf", "客服", "会话", "进线"),
    "welcome/first": ("friend_added", "add_friend", "friend", "contact", "好友", "添加", "新客"),
    "welcome/bot": ("bot", "机器人"),
}
ELSEWHERE = (  # marks of greetings for other occasions
    *("birthday", "生日", "festival", "holiday", "节日", "promo", "活动"),
    *("group", "进群", "入群", "群"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repertoire:
    library: Library
    own: frozenset[str]  # scripts that count as replies; the others are the program's own lines
    standing_in: Mapping[str, str]  # script that a handler says by name → the company's own
    warnings: tuple[Complaint, ...] = ()  # about words that are said literally

    def reply_of(self, script: str) -> str:
        """The company's script behind what was said; "" for one of the program's own lines."""
        script = self.standing_in.get(script, script)
        return script if script in self.own else ""


def open_repertoire(folder: Path, given: Path | None) -> Repertoire:
    """
    Args:
        folder: the workspace's scripts.
        given: a library to try out, a folder or a file; it leaves of `folder` only what the
            program says by name and what calls a person at once.

    Raises:
        ScriptError: some scripts cannot be used.
    """
    base = Library.load(folder)
    if given is None:
        own = frozenset(script.id for script in base if not script.id.startswith(SYSTEM))
        return Repertoire(library=base, own=own, standing_in={})
    company, warnings = _read(given, folder)
    mine = {script.id: script for script in company}
    welcomes = {
        name: found.id
        for name, words in WELCOMES.items()
        if name not in mine and (found := greeting_for(words, company)) is not None
    }
    asked = {normalise(question) for script in company for question in script.examples}
    named = {
        script.id: _unasked(script, asked)
        for script in base
        if script.id.startswith(SYSTEM) or script.id in WELCOMES
    }
    lent = {
        name: replace(mine[script_id], id=name, examples=(), keywords=())
        for name, script_id in welcomes.items()
    }
    library = Library(
        {**named, **lent, **mine}.values(),
        rules=company.rules or base.rules,
        quiet=company.quiet or base.quiet,
        synonyms=company.synonyms or base.synonyms,
        bars=company.bars,
    )
    if given.is_file():  # nobody has calibrated it
        library = library.with_bars(calibrated(library).bars)
    return Repertoire(
        library=library, own=frozenset(mine), standing_in=welcomes, warnings=tuple(warnings)
    )


def _read(given: Path, folder: Path) -> tuple[Library, Sequence[Complaint]]:
    """Read the library; words that are not a template we know are said literally."""
    reading = read_library(given, beside=folder, lenient=True)
    if not reading.complaints:
        return Library.of(reading), ()
    plain = open_library(given, rules_of=folder)
    scripts = (script if script.say[0].source else _named(script) for script in plain)
    return Library(scripts, rules=plain.rules, quiet=plain.quiet), reading.complaints


def _named(script: Script) -> Script:
    """Says its title or id: something has to be said, even if nobody wrote it yet."""
    words = script.title or script.id
    return replace(script, say=(Variant(source=words, fixed=words),))


def _unasked(script: Script, asked: set[str]) -> Script:
    """The program's script without questions that a company's script answers."""
    if asked.isdisjoint(map(normalise, script.examples)):
        return script
    return replace(script, examples=(), keywords=())


def greeting_for(words: Iterable[str], company: Iterable[Script]) -> Script | None:
    """The greeting for one occasion: the best by id, title and keywords; of equals the first."""
    others = {word for more in WELCOMES.values() for word in more}.difference(words)

    def fitness(script: Script) -> int:
        name, told = script.id.lower(), script.title.lower()
        spoken = " ".join(word for entry in script.keywords for word in entry).lower()
        found = 8 * _has(name, words) + 4 * _has(told, words) + _has(spoken, words)
        welcome = 2 * (_has(name, GREETINGS[2:]) or _has(told, GREETINGS[2:]))
        strange = 6 * (_has(name, others) or _has(told, others)) if not found else 0
        return found + welcome + _has(spoken, GREETINGS[2:]) - strange

    candidates = [
        script
        for script in company
        if (_has(script.category.lower(), GREETINGS) or _has(script.id.lower(), GREETINGS))
        and not _has(f"{script.id} {script.title}".lower(), ELSEWHERE)
    ]
    return max(candidates, key=fitness, default=None)


def _has(text: str, words: Iterable[str]) -> bool:
    return any(word in text for word in words)
