"""Words that call a person at once."""

import re
from collections.abc import Sequence

from bot.scripts.normalise import fold
from bot.scripts.script import HandoverRule


class Rules:
    """All hand-over words in one expression; harmless phrases are tried first and swallowed."""

    def __init__(self, rules: Sequence[HandoverRule]) -> None:
        self._rules = rules
        harmless = [fold(phrase) for rule in rules for phrase in rule.unless]
        groups = [f"(?P<r{number}>{_any(rule.words)})" for number, rule in enumerate(rules)]
        self._pattern = re.compile("|".join([*map(re.escape, harmless), *groups]))
        # without groups: searched for quickly, and most messages have none of them
        self._any = re.compile("|".join(_any(rule.words) for rule in rules))

    def first(self, folded: str) -> HandoverRule | None:
        """The rule of the first such word in a folded text."""
        if not self._rules or not self._any.search(folded):
            return None
        for match in self._pattern.finditer(folded):
            if match.lastgroup:
                return self._rules[int(match.lastgroup[1:])]
        return None


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(fold(word)) for word in words)
