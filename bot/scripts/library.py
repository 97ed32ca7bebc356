"""All scripts of a company, read once and complete."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from bot.errors import Complaint, ScriptError
from bot.memory import growing
from bot.scripts.decision import Bars
from bot.scripts.formats import read_library
from bot.scripts.reading import Reading, told_once
from bot.scripts.script import HandoverRule, Script


class Library:
    """Scripts by their ids, and the words that call a person (handover.toml)."""

    def __init__(
        self,
        scripts: Iterable[Script],
        *,
        rules: Sequence[HandoverRule] = (),
        quiet: Iterable[str] = (),
        synonyms: Mapping[str, str] | None = None,
        bars: Mapping[str, Bars] | None = None,
        shared: Mapping[str, str] | None = None,
    ) -> None:
        with growing():  # the caller may make many of them only now
            self._scripts = {script.id: script for script in scripts}
        self.rules = tuple(rules)
        self.quiet = frozenset(quiet)  # whole messages that want no answer: 嗯, 好的
        self.synonyms = dict(synonyms or {})  # another wording → the usual one
        self.bars = dict(bars or {})  # by channel; "" is for all others; none: not calibrated
        self.shared = dict(shared or {})  # the phrases of _shared.jinja, by their names
        self.files = frozenset(  # that go with the scripts; paths inside the library
            file
            for script in self
            for item in script.attachments
            if (file := item.file or item.pic_file)
        )
        self.printing = frozenset(script.id for script in self if script.fields)  # the customer's
        self.tagged = any(script.when.tags for script in self)  # some depend on customers' tags

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read every *.toml under `path`, or one file.

        Raises:
            ScriptError: with everything that is wrong in any of the files.
        """
        reading = read_library(path)
        if reading.complaints:
            raise ScriptError(told_once(reading.complaints))
        return cls.of(reading)

    @classmethod
    def of(cls, reading: Reading) -> Self:
        """The library of what could be read, whatever was wrong."""
        return cls(
            reading.scripts,
            rules=reading.rules,
            quiet=reading.quiet,
            synonyms=reading.synonyms,
            bars=reading.bars,
            shared=reading.shared,
        )

    def with_scripts(self, scripts: Iterable[Script]) -> Self:
        """The same library with other scripts."""
        return self._but(scripts, self.bars)

    def with_bars(self, bars: Mapping[str, Bars]) -> Self:
        """The same library with other bars."""
        return self._but(self, bars)

    def says_the_same(self, other: "Library") -> bool:
        """Whether both have the same content; quick if their scripts are the same objects."""
        return vars(self) == vars(other)

    def __getitem__(self, script_id: str) -> Script:
        """
        Raises:
            ScriptError: there is no such script.
        """
        try:
            return self._scripts[script_id]
        except KeyError:
            raise ScriptError([self._missing(script_id)]) from None

    def get(self, script_id: str) -> Script | None:
        return self._scripts.get(script_id)

    def require(self, ids: Iterable[str]) -> None:
        """Make sure that scripts with these ids exist.

        Raises:
            ScriptError: some are missing.
        """
        if missing := [self._missing(one) for one in ids if one not in self]:
            raise ScriptError(missing)

    def __contains__(self, script_id: object) -> bool:
        return script_id in self._scripts

    def __iter__(self) -> Iterator[Script]:
        return iter(self._scripts.values())

    def __len__(self) -> int:
        return len(self._scripts)

    def _but(self, scripts: Iterable[Script], bars: Mapping[str, Bars]) -> Self:
        return type(self)(
            scripts, rules=self.rules, quiet=self.quiet, synonyms=self.synonyms, bars=bars,
            shared=self.shared,
        )  # fmt: skip

    def _missing(self, script_id: str) -> Complaint:
        close = get_close_matches(script_id, self._scripts, 1)
        return Complaint(
            file="scripts_library",
            key=script_id,
            problem="there is no script with this id",
            cure=f"Did you mean {close[0]}?" if close else "Write it, or name another one",
        )
