"""`huashu scripts eval`: how well a library answers questions whose right scripts are known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.plain import Root, plainly, print_objects
from bot.cli.telling import width
from bot.scripts import last_run
from bot.scripts.calibration import calibrated
from bot.scripts.evaluation import Change, Outcome, Scores, by_kind, changes, evaluate, score
from bot.scripts.lines import open_library, read_questions
from bot.scripts.matcher import Matcher
from bot.scripts.reading import HANDOVER
from bot.workspace.workspace import QUESTIONS, sample_workspace

_LIBRARY, _QUERIES = Path("scripts_library"), Path(QUESTIONS)
_SHARES = ("top1", "top3", "correct_at_2", "correct", "wrong", "handed_over")
_HEADS = (
    *(("题数", "n"), ("第一", "top1"), ("前三", "top3"), ("可答对", "best")),
    *(("答对", "right"), ("答错", "wrong"), ("未答", "left")),
)
_LEGEND = (
    "答错、未答占全部题，其余占有话术可答的题。可答对：答错不超过 2% 时最多能答对多少",
    "wrong and left are shares of all questions, the others of those that a script answers;",
    "best: the most that can be right while 2% of all are wrong; left: not answered",
)
_LISTED = 20  # wrong answers
_COLUMN = 8  # cells of a terminal


def show(
    library: Annotated[
        Path | None,
        typer.Option(
            help="A folder of scripts, a .toml or a .jsonl; else the workspace's scripts_library."
        ),
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(
            help='JSON Lines {"text", "id", "kind"}; else the workspace\'s tests/questions.jsonl.'
        ),
    ] = None,
    root: Root = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """How well a file of questions is answered, and what changed since the last run."""
    library, queries = library or root / _LIBRARY, queries or root / _QUERIES
    with plainly():
        rules = next(one for one in _rule_folders(root) if (one / HANDOVER).is_file())
        scripts = open_library(library, rules_of=rules)
        questions = read_questions(queries)
        matcher = calibrated(scripts) if library.is_file() else Matcher(scripts)
        outcomes = evaluate(matcher, questions)
    _warn_of({one for question in questions for one in question.gold if one not in scripts})
    kept = last_run.place(root, library, queries)
    before = last_run.recall(kept)
    changed = changes(before, outcomes)
    try:
        last_run.keep(kept, outcomes)
    except OSError as error:
        typer.echo(f"这次结果没能记下 this run is not remembered: {error}", err=True)
    if as_json:
        print_objects(_as_object(outcomes, changed))
    else:
        told = [*_table(outcomes), *_wrong(outcomes), *_changed(changed, first_run=not before)]
        typer.echo("\n".join(told))


def _rule_folders(root: Path) -> tuple[Path, ...]:
    """Where handover.toml is looked for: the workspace's library, then the shipped one."""
    return root / _LIBRARY, sample_workspace() / _LIBRARY


def _warn_of(strangers: set[str]) -> None:
    """Warn of ids in the questions that no script has."""
    if strangers:
        some = ", ".join(sorted(strangers)[:5])
        told = f"题库里有 {len(strangers)} 个编号没有话术 ids of the questions are in no script"
        typer.echo(f"{told}: {some}", err=True)


def _as_object(outcomes: Sequence[Outcome], changed: Sequence[Change]) -> Mapping[str, Any]:
    return {
        **_shares(score(outcomes)),
        "by_kind": {
            kind: {**_shares(scores), "n": scores.n} for kind, scores in by_kind(outcomes).items()
        },
        "changed": [asdict(change) for change in changed],
    }


def _shares(scores: Scores) -> dict[str, float | None]:
    return {name: getattr(scores, name) for name in _SHARES}


def _table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    rows = {"全部 all": score(outcomes), **by_kind(outcomes)}
    first = max(map(width, rows))
    for head in zip(*_HEADS, strict=True):
        yield _line("", head, first)
    for kind, scores in rows.items():
        figures = map(_percent, _shares(scores).values())
        yield _line(kind, (str(scores.n), *figures), first)
    yield from _LEGEND


def _wrong(outcomes: Iterable[Outcome]) -> Iterator[str]:
    wrong = [one for one in outcomes if one.is_wrong]
    if wrong:
        yield f"\n答错 wrong: {len(wrong)}"
    for one in wrong[:_LISTED]:
        gold = " / ".join(sorted(one.question.gold)) or "请人 a person"
        yield f"  {one.question.text}\n    {one.answer}，应为 should be {gold}"
    if len(wrong) > _LISTED:
        yield f"  … {len(wrong) - _LISTED}"


def _changed(changed: Sequence[Change], *, first_run: bool) -> Iterator[str]:
    if first_run:
        yield "\n第一次运行，已记下结果 the first run: remembered, to compare the next one with"
    else:
        yield f"\n与上次不同 changed since the last run: {len(changed)}"
    for change in changed:
        yield f"  {change.text}\n    {change.before} → {change.after}"


def _line(head: str, cells: Iterable[str], first: int) -> str:
    padded = head + " " * (first - width(head))
    return padded + "".join(" " * (_COLUMN - width(cell)) + cell for cell in cells)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
