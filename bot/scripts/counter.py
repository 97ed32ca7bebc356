"""Counter-examples (反例): questions that a script must not answer, however close to its own."""

from collections.abc import Callable, Iterable

from rapidfuzz import fuzz, process

from bot.scripts.normalise import normalise
from bot.scripts.script import Script

_NEAR = 85.0  # how alike a message is to one, of 100: 7 characters, one of them another


class CounterExamples:
    """
    Args:
        worded: brings a text to the usual wordings.

    Attributes:
        scripts: the ids of those that have some.
        said: the counter-examples themselves, normalised.
    """

    def __init__(self, scripts: Iterable[Script], worded: Callable[[str], str]) -> None:
        given = [(script, text) for script in scripts for text in script.not_for]
        self._given, self._texts = given, [worded(text) for _, text in given]
        own = ("".join(map(worded, script.examples)) for script, _ in given)
        self._marks = [
            set(text).difference(asked) for text, asked in zip(self._texts, own, strict=True)
        ]
        self._worded = worded
        self.scripts = frozenset(script.id for script, _ in given)
        self.said = frozenset(normalise(text) for _, text in given)

    def of(self, *texts: str) -> "Barred":
        """The scripts that must not answer any of `texts`."""
        return Barred(self, texts)

    def near(self, text: str) -> dict[str, str]:
        """The ids of the scripts that must not answer `text`, each with its counter-example: much
        the same words, among them all that no example has, and no example of the script is
        nearer."""
        barred: dict[str, str] = {}
        wanted = self._worded(text)
        near = process.extract(
            wanted, self._texts, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=None
        )
        for same, alike, number in near:
            script, example = self._given[number]
            own = map(self._worded, script.examples)
            marked = self._marks[number].issubset(wanted)  # 券怎么领 is not 直播券怎么领
            if same == wanted or (
                marked and alike > max((fuzz.ratio(wanted, one) for one in own), default=0)
            ):
                barred.setdefault(script.id, example)
        return barred


class Barred:
    """The ids of the scripts that must not answer a message. Nothing is compared until a script
    with counter-examples is asked about: few have any.

    Attributes:
        found: those that are known by now, each with its counter-example.
    """

    __slots__ = ("_examples", "_texts", "found")

    def __init__(self, examples: CounterExamples, texts: tuple[str, ...]) -> None:
        self._examples, self._texts = examples, texts
        self.found: dict[str, str] = {}

    def __contains__(self, script_id: object) -> bool:
        if script_id not in self._examples.scripts:
            return False
        self.look()
        return script_id in self.found

    def look(self) -> None:
        """Find all of them, even those that nobody asks about."""
        for text in self._texts:
            self.found.update(self._examples.near(text))
        self._texts = ()
