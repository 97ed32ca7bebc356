"""`huashu scripts match`: what would be answered to a text, and why."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import typer
from msgspec import to_builtins

from bot.cli.layered import load
from bot.cli.plain import Folder, plainly, print_lines, print_objects
from bot.cli.replies import Reply, beside, replies_to, shown
from bot.cli.scripts import HERE, AsJson
from bot.cli.telling import BANDS, bar_of, found_by, labelled
from bot.clock import SystemClock
from bot.events import Channel
from bot.scripts.decision import Bars
from bot.scripts.explanation import Candidate, Explanation, explain
from bot.scripts.judging import percent
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.matching.statements import Reason
from bot.scripts.script import Facts


def match(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="As customers write it.")],
    library: Folder = HERE,
    channel: Annotated[
        Channel | None,
        typer.Option(
            help="Where it is written: its bars, and the conditions of scripts as they are now. "
            "Without it no condition is judged."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What would be answered to TEXT, and why; names are made up."""
    with plainly():
        (scripts, known), settings = load(library), beside(library)
        now = SystemClock().now().astimezone(settings.zone)
        facts = Facts(channel=channel, now=now) if channel else None
        matcher = Matcher(scripts, learned=known.learned)
        explained = explain(matcher, text, facts=facts)
        left = explained.decision.left
        rest = matcher.decide(left[0], facts=facts) if len(left) == 1 else None
        replies = replies_to(text, explained.decision, scripts, settings.company, now, facts, rest)
    if as_json:
        print_objects(_as_data(explained, channel, replies))
    else:
        lines = [*_told(explained, scripts), *(line for one in replies for line in shown(one))]
        print_lines(*lines)


def _as_data(
    explained: Explanation, channel: Channel | None, replies: Sequence[Reply]
) -> Mapping[str, object]:
    decision = explained.decision
    return {
        **to_builtins(decision),
        "sentence": decision.sentence,
        "channel": channel,
        "bars": explained.bars,
        "nothing": explained.nothing,
        "candidates": [
            {
                **to_builtins(one.match),
                "beside": one.beside,
                "for": one.pros,
                "against": one.cons,
                "features": {name: round(value, 4) for name, value in one.features.items()},
            }
            for one in explained.candidates
        ],
        "replies": replies,
    }


def _told(explained: Explanation, library: Library) -> Iterator[str]:
    decision = explained.decision
    yield from labelled("规整后 normalised:", decision.normalised or "(空 nothing)")
    if decision.compared not in ("", decision.normalised):
        yield from labelled("比的是 compared:", decision.compared)
    for one in explained.candidates:
        yield from _candidate(one, library[one.match.script_id].title)
    if explained.nothing is not None and explained.candidates:
        yield from labelled("都不是 none right:", f"{percent(explained.nothing):>5}")
    chosen = f" → {', '.join(decision.scripts)}" if decision.match else ""
    yield from labelled("结果 decision:", f"{BANDS[decision.band]}{chosen}")
    yield from labelled("由什么定 by:", bar_of(decision.bar, decision.bar_at))
    if decision.bar_at:
        yield from labelled("", _bars(explained.bars))
    yield from labelled("原因 reason:", decision.reason_zh)
    yield from labelled("", decision.reason_en)


def _bars(bars: Bars) -> str:
    """All three bars, so that one sees what other ones would have decided."""
    ask, answer, lead = map(percent, (bars.ask, bars.answer, bars.lead))
    return f"询问线 ask {ask} · 回答线 answer {answer} · 领先线 lead {lead}"


def _candidate(one: Candidate, title: str) -> Iterator[str]:
    found = one.match
    head = f"{percent(found.score):>5}  {found.script_id}  {title}"
    yield from labelled("候选 candidate:", head)
    yield from labelled("", found_by(found.tier, found.example))
    if found.sentence:
        yield from labelled("", f"答的句子 sentence「{found.sentence}」")
    yield from _reasons("有利", "for", one.pros)
    yield from _reasons("不利", "against", one.cons)


def _reasons(zh: str, en: str, reasons: Sequence[Reason]) -> Iterator[str]:
    if reasons:
        yield from labelled("", f"{zh}：{'，'.join(one.zh for one in reasons)}")
        yield from labelled("", f"{en}: {'; '.join(one.en for one in reasons)}")
