"""Which scripts answer what a customer asked, with the reason in a few words."""

from collections.abc import Collection, Mapping

from bot.scripts.decision import Match
from bot.scripts.explanation import explain
from bot.scripts.searching.boosts import Boosts
from bot.web.sidebar.offer import Offer, facts_for, offer
from bot.web.sidebar.subject import Subject
from bot.web.visit import Visit

SHOWN = 4
REASONS = 2  # of each
LEAST = 0.02  # of probability: less is no suggestion
ANGRY = ("complaint", "abuse")  # kinds of what a customer writes (bot/scripts/recognise)
_TIERS = {
    "exact": ("和例句一字不差", "word for word as an example"),
    "learned": ("同事以前也这样回答", "colleagues answered so before"),
    "search": ("话术里有这些字", "these words stand in it"),
}


def suggest(visit: Visit, subject: Subject, text: str, boosts: Boosts) -> list[Offer]:
    """The best first."""
    matcher, library = visit.office.desk.edition.matcher, visit.office.desk.edition.library
    facts = facts_for(visit, subject)
    ranked = matcher.rank(text, SHOWN, facts=facts, boosts=boosts)
    told = {
        one.match.script_id: visit.t("；", "; ").join(
            visit.t(why.zh, why.en) for why in one.pros[:REASONS]
        )
        for one in explain(matcher, text, facts=facts).candidates
    }
    rule = _rule(visit, subject, text)
    least = matcher.bars_for(facts.channel).ask if rule in ("person", *ANGRY) else LEAST
    return [
        offer(
            visit, subject, library[match.script_id], question=text,
            reason=_reason(visit, match, text, told), hit=match.hit,
            favourite=match.script_id in boosts.favourites,
        )
        for match in ranked
        if match.score >= least and library[match.script_id].category not in _unsaid(rule)
    ]  # fmt: skip


def wants_person(visit: Visit, subject: Subject, text: str) -> bool:
    """Whether a customer asks for a person: no script replaces one."""
    return _rule(visit, subject, text) == "person"


def _rule(visit: Visit, subject: Subject, text: str) -> str:
    facts = facts_for(visit, subject)
    decision = visit.office.desk.edition.matcher.decide(text, facts=facts)
    return decision.rule or decision.sounds


def _unsaid(rule: str) -> Collection[str]:
    """Categories not to suggest: what the program itself says, and small talk to somebody who is
    angry or wants a person."""
    return ("system", "chat") if rule in ("person", *ANGRY) else ("system",)


def _reason(visit: Visit, match: Match, text: str, told: Mapping[str, str]) -> str:
    if match.tier in _TIERS:
        return visit.t(*_TIERS[match.tier])
    if why := told.get(match.script_id):
        return why
    if match.tier == "keyword" and match.quoted_from(text):
        return visit.t(f"有关键词「{match.example}」", f"has the keyword “{match.example}”")
    if match.tier == "keyword":
        return visit.t(
            f"意思近于关键词「{match.example}」", f"close in meaning to “{match.example}”"
        )
    return visit.t(f"和「{match.example}」相近", f"close to “{match.example}”")
