"""What a customer typed → the script that answers it, a short menu, or a person.

A question that equals an example after normalising, or that people answered before, decides at
once; for all others bot/scripts/matching finds candidates, each with the probability that it is
right.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial

from msgspec.structs import replace

from bot.events import OF_MEMBERS
from bot.memory import growing
from bot.scripts.counter import CounterExamples
from bot.scripts.decision import Bars, Decision, Match
from bot.scripts.judging import (
    MENU_SIZE,
    barring,
    by_rule,
    each,
    judge,
    not_ours,
    quiet,
    reference,
    sounding,
    wordless,
)
from bot.scripts.library import Library
from bot.scripts.matching.finder import Finder, Finding
from bot.scripts.matching.index import Entry
from bot.scripts.matching.wordings import Wordings
from bot.scripts.normalise import (
    GREETING,
    LONGEST,
    fold,
    has_reference,
    letters,
    normalise,
    spoken,
    unaddressed,
)
from bot.scripts.parts import (
    MOST,
    SEVERAL,
    by_itself,
    led_to,
    lines_told,
    may_lean,
    only_comes,
    questions_in,
    tells,
)
from bot.scripts.ranking import join
from bot.scripts.recognise import all_cues, recognise, sound_of
from bot.scripts.rules import Rules
from bot.scripts.script import Condition, Facts, Script
from bot.scripts.search import Search
from bot.scripts.searching.boosts import Boosts

__all__ = ["Bars", "Decision", "Match", "Matcher"]

SHORT = 4  # characters beside a number, 订单 or 手机号, that ask nothing
KEPT = 4096  # decisions that are kept, for each that is asked again
_LEARNED = 0.97  # how sure a question is that people answered before
_ALONE = 3  # characters: a shorter question that names nothing leans on what stands around it
_FEW = 24  # characters: a shorter message holds so few questions that it is read at once
_LEANING = 10  # characters: a longer one says what it means
_TOLD = 0.5  # how sure a script has to be of what was only told beside questions
_VERY_SURE = 0.9  # that a script answers what else would be small talk, or one matter
_UNANSWERED = frozenset({"ask", "handover"})  # bands
_UNSURE = frozenset({"legal", "medical", "others", "person", "privacy", "spam"})  # for a complaint
_SEARCHED = 20  # scripts more than were wanted, whose places are known as well


class Matcher:
    """
    Args:
        bars: by channel; "" is for all others.
        learned: normalised questions that people answered with a script → its id.
        twin: one of the same library; what takes long to build is taken from it.
    """

    def __init__(
        self,
        library: Library,
        *,
        bars: Mapping[str, Bars] | Bars | None = None,
        learned: Mapping[str, str] | None = None,
        twin: "Matcher | None" = None,
    ) -> None:
        always = Condition()
        self._conditions = {s.id: s.when for s in library if s.when != always}
        given = {"": bars} if isinstance(bars, Bars) else bars or library.bars
        self.bars: Mapping[str, Bars] = {"": Bars(), **given}
        # cached; decided again only where facts count
        self.recognised = lru_cache(maxsize=1024)(recognise)
        self._rule = lru_cache(maxsize=1024)(Rules(library.rules).first)
        words = sorted(map(fold, library.quiet), key=len, reverse=True)
        # atomic: word after word, without trying other divisions
        self._quiet = re.compile(f"(?>(?:{'|'.join(map(re.escape, words)) or '(?!)'})+)")
        self._learned = {text: one for text, one in (learned or {}).items() if one in library}
        self._library = library
        self.search: Search = twin.search if twin else Search(library, library.synonyms)
        with growing():
            all_cues()
            self.finder: Finder = twin.finder if twin else finder_of(library, library.synonyms)
            self.barred: CounterExamples = (
                twin.barred if twin else CounterExamples(library, self.finder.worded)
            )
            self._exact: dict[str, list[str]] = twin._exact if twin else self._by_question()
        self._found = lru_cache(maxsize=1024)(self.finder.find)
        # not a cached method: that circle of references would keep an old edition alive
        self._decided: dict[tuple[str, str, bool], tuple[Decision, bool]] = {}

    def _by_question(self) -> dict[str, list[str]]:
        """Each example, normalised → the scripts that have it, the most specific first."""
        exact: dict[str, list[str]] = defaultdict(list)
        for entry in self.finder.index.entries:
            for text in dict.fromkeys(map(letters, entry.examples)):
                exact[text].append(entry.id)
        exact.pop("", None)
        for owners in exact.values():
            if len(owners) > 1:
                owners.sort(key=lambda one: (-self._library[one].when.weight, one))
        return exact

    def with_bars(self, bars: Mapping[str, Bars]) -> "Matcher":
        """The same with other bars, without building it again."""
        given = {"": Bars(), **bars}
        return Matcher(self._library, bars=given, learned=self._learned, twin=self)

    def match(self, text: str, *, facts: Facts | None = None) -> Match | None:
        """The script to say, or None: do not answer by yourself."""
        return self.decide(text, facts=facts).match

    def rank(
        self,
        text: str,
        limit: int,
        *,
        facts: Facts | None = None,
        boosts: Boosts | None = None,
    ) -> list[Match]:
        """Scripts for `text`, the best first, whether they would be said or not; without text
        those at hand. The text may be unfinished, as somebody types it: bot/scripts/search.py."""
        text, boosts = text[:LONGEST], boosts or Boosts()
        hits = self.search.find(text, limit + _SEARCHED, facts=facts, boosts=boosts)
        wanted = normalise(text)
        asked = self._certain(wanted) or self._similar(self._found(text))
        library, factor = self._library, boosts.factor
        eligible = self._eligible(asked, facts, barred=self.barred.of(text))
        return join(text, eligible, hits, lambda one: factor(library[one]))[:limit]

    def decide(self, text: str, *, facts: Facts | None = None) -> Decision:
        """Answer only with a high score and a clear lead. Without facts no condition is judged."""
        text = text[:LONGEST]
        channel = facts.channel if facts else ""
        # one cache for all channels without bars of their own
        key = text, channel if channel in self.bars else "", channel in OF_MEMBERS
        known = self._decided.get(key)
        if known is None:
            decision = self._decide(text, channel, None)
            fixed = self._is_fixed(decision, text)
            if len(self._decided) >= KEPT:
                del self._decided[next(iter(self._decided))]
            self._decided[key] = known = decision, fixed
        decision, fixed = known
        return decision if fixed or facts is None else self._decide(text, channel, facts)

    def read(self, text: str) -> Iterator[None]:
        """Find what `decide` needs for a message of several questions, one question at a time:
        each takes 2 ms among 100,000 scripts. Whoever must not block lets others run in between;
        `decide` then uses what was found.
        """
        text = text[:LONGEST]
        if len(text) <= _FEW or not (questions := questions_in(text)):
            return
        wanted, recognised = normalise(text), self.recognised(text)
        sure = recognised is not None and recognised.certainty == "sure"
        if sure or self._rule(fold(text)) or self._certain(wanted):
            return
        yield
        self._found(text)
        yield
        for alone in map(by_itself, questions[:MOST]):
            self._nearest(alone, normalise(alone))
            yield

    def decide_without(self, number: int, example: str) -> Decision:
        """What would become of this example of one of the finder's entries if nobody had written
        it, as customers will ask it.

        The example must be of no other script, and nobody may ask meanwhile.
        """
        index, text = self.finder.index, spoken(example)
        owners = self._exact.pop(letters(text))
        self._found.cache_clear()
        try:
            with index.without(number, index.entries[number].examples.index(text)):
                return self._judged(example, "", None)
        finally:
            self._exact[letters(text)] = owners

    def _is_fixed(self, decision: Decision, text: str) -> bool:
        """Whether the decision does not depend on conditions: none of its candidates has any, and
        it is not a message of several questions, each with candidates of its own."""
        ids = [one.script_id for one in decision.candidates]
        return not self._conditions or (
            self._conditions.keys().isdisjoint(ids) and not questions_in(text)
        )

    def askers(self, wanted: str) -> list[str]:
        """The ids of the scripts that have exactly this question, normalised."""
        return self._exact.get(wanted, [])

    def speaks_of(self, script_id: str, text: str) -> bool:
        """Whether a script has every word of `text`, in its questions or in what it says."""
        return any(
            entry.id == script_id and self.finder.knows(number, text, True)
            for number, entry in enumerate(self.finder.index.entries)
        )

    def bars_for(self, channel: str) -> Bars:
        return self.bars.get(channel) or self.bars[""]

    def _decide(self, text: str, channel: str, facts: Facts | None) -> Decision:
        decision = self._judged(text, channel, facts)
        unheard = decision.rule in _UNSURE if decision.rule else decision.band in _UNANSWERED
        if unheard and channel not in OF_MEMBERS and (sound := sound_of(text)):
            return sounding(decision, sound)
        return decision

    def _judged(self, text: str, channel: str, facts: Facts | None) -> Decision:
        wanted = normalise(text)
        if wanted and (rule := self._rule(fold(text))):
            return by_rule(wanted, rule)
        bars, meant = self.bars_for(channel), channel in OF_MEMBERS
        barred = self.barred.of(text)
        matches = self._eligible(self._certain(wanted), facts, barred=barred)
        known = wanted in self._exact  # somebody wrote a script for exactly this
        surest = max(bars.answer, _VERY_SURE)
        recognised = None
        if not (known and matches and matches[0].score >= surest):
            recognised = self.recognised(unaddressed(text) if meant else text)
        if recognised and recognised.certainty == "sure" and not known:
            return not_ours(wanted, recognised, meant=meant)
        if not wanted:
            return reference() if has_reference(text) else wordless(text)
        if len(wanted) <= SHORT and has_reference(text):
            return reference()
        if not known and self._quiet.fullmatch(wanted):
            return quiet(wanted)
        finding = None
        if not matches:
            finding = self._found(text)
            matches = self._eligible(self._similar(finding), facts, MENU_SIZE, barred)
        if recognised and not (matches and matches[0].score >= surest):
            # what the library speaks of is said to us: 孩子接到了 to a school
            near = bool(matches) and matches[0].score >= bars.ask
            near = near or (finding is not None and finding.nearest >= _TOLD)
            return not_ours(wanted, recognised, meant=meant or near)
        decision = judge(wanted, matches, bars, finding.text if finding else "")
        if wanted in self.barred.said:  # said even if its script was not among those found
            barred.look()
        if barred.found:
            told = {self._library[one].title: text for one, text in barred.found.items()}
            decision = barring(decision, told)
        if decision.band == "ask" and has_reference(text):
            return reference()
        if finding and (asked := self._asked(text, facts, bars)):
            return each(decision, asked, partial(self._leans, finding))
        return decision

    def _leans(
        self, finding: Finding, scripts: Sequence[str], question: str, replying: bool
    ) -> bool:
        """Whether one of these scripts knows all that a `question` speaks of."""
        entries = self.finder.index.entries
        return any(
            entries[one.number].id in scripts and self.finder.knows(one.number, question, replying)
            for one in finding.found
        )

    def _asked(self, text: str, facts: Facts | None, bars: Bars) -> dict[str, Decision]:
        """What becomes of each of the questions in `text` by itself; a few words that are not sure
        alone are read after the one before: 怎么退？运费谁出？"""
        asked: dict[str, Decision] = {}
        if not (questions := questions_in(text)):
            return asked
        lines = lines_told(text)
        asking = [one for one in questions if one not in lines]
        led, before = led_to(asking), ""
        for place, question in enumerate(questions):
            alone = by_itself(question)
            wanted, only_told = normalise(alone), tells(question)
            if wanted in ("", GREETING) or (only_told and self.recognised(alone)):
                continue
            matches = self._nearest(alone, wanted) if place < MOST else ()
            here = self.barred.of(text, question)
            told = self._eligible(matches, facts, MENU_SIZE, here)
            one = _of_several(wanted, told, bars, question)
            title = self._library[before].title if before else ""
            comes = only_comes(wanted, title)
            if before and (comes or (one.band == "ask" and len(wanted) <= _LEANING)):
                leaning = self._similar(self._found(title + alone))
                meant = self._eligible(leaning, facts, MENU_SIZE, here)
                known = {match.script_id for match in told} - {before}
                if meant and (comes or meant[0].script_id in known):
                    one = _of_several(wanted, meant, bars, question)
            if one.match or question not in lines:  # else part of the story
                before = one.match.script_id if one.match else ""
            least_sure = _VERY_SURE if led or question in lines else _TOLD if only_told else 0.0
            if not least_sure or (told and told[0].score >= least_sure):
                asked[question] = one
        if len(asked) >= SEVERAL or not (led or len(asking) < SEVERAL):
            return asked
        # one beside lines that only tell; but who is cross needs a person
        only = asked.get(asking[0]) if lines and len(asking) == 1 else None
        return asked if only and not may_lean(only.normalised) and not sound_of(text) else {}

    def _nearest(self, alone: str, wanted: str) -> Iterable[Match]:
        certain = self._certain(wanted)
        if certain or (len(wanted) < _ALONE and not self.finder.names(alone)):
            return certain
        return self._similar(self._found(alone))

    def _certain(self, wanted: str) -> list[Match]:
        """Scripts found without comparing anything; if any are, similar ones raise no doubt."""
        if exact := self._exact.get(wanted):
            return [Match(script_id=one, score=1.0, tier="exact", example=wanted) for one in exact]
        if learned := self._learned.get(wanted):
            return [Match(script_id=learned, score=_LEARNED, tier="learned", example=wanted)]
        return []

    def _similar(self, finding: Finding) -> Iterator[Match]:
        """The candidates found by comparing, best first."""
        entries = self.finder.index.entries
        scored = [(-f.probability * f.trust, entries[f.number].id, f) for f in finding.found]
        for score, script_id, found in sorted(scored):
            yield Match(
                script_id=script_id,
                score=-score,
                tier="keyword" if found.keyword else "similar",
                example=found.keyword or found.example,
                sentence=found.sentence,
            )

    def _eligible(
        self,
        matches: Iterable[Match],
        facts: Facts | None,
        most: int | None = None,
        barred: Container[str] = (),
    ) -> list[Match]:
        """Those whose conditions hold; of two with the same example, the more specific one.

        Args:
            barred: the ids of those that may not answer this.
        """
        kept: list[Match] = []
        taken: set[str] = set()
        for match in matches:
            if match.script_id in barred:
                continue
            if match.example not in taken and self._may(match.script_id, facts):
                taken.add(match.example)
                kept.append(match)
                if len(kept) == most:
                    break
        return kept

    def _may(self, script_id: str, facts: Facts | None) -> bool:
        if facts is None or script_id not in self._conditions:
            return True
        return self._conditions[script_id].holds(facts)


def _of_several(wanted: str, matches: Iterable[Match], bars: Bars, question: str) -> Decision:
    return judge(wanted, [replace(one, sentence=question.strip()) for one in matches], bars)


def finder_of(
    library: Iterable[Script],
    synonyms: Mapping[str, str] | None = None,
) -> Finder:
    """Over the scripts that questions may lead to."""
    asked = [script for script in library if script.examples or script.keywords]
    entries = (
        Entry(
            id=script.id,
            examples=script.examples,
            beside=(script.title, *map(" ".join, script.keywords)),
            reply=" ".join(variant.fixed for variant in script.say),
        )
        for script in asked
    )
    return Finder(entries, [script.keywords for script in asked], Wordings(synonyms))
