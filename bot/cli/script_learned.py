"""`huashu scripts learned|learn|unlearn`: which script people chose for a question.

These print what customers wrote. They work beside a running bot.
"""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.plain import By, Root, plainly, print_lines, print_objects
from bot.cli.records import AsJson, ask_store, load_settings
from bot.cli.script_versions import known
from bot.clock import SystemClock
from bot.errors import BotError
from bot.scripts.normalise import normalise
from bot.store.database import opened
from bot.store.scripts import learned
from bot.store.scripts.versions import Act

Question = Annotated[str, typer.Argument(metavar="QUESTION", help="As customers write it.")]


def show(root: Root = Path(), as_json: AsJson = False) -> None:
    """Questions, the scripts that people chose for them, and which of them count."""
    with plainly():
        found = ask_store(load_settings(root), lambda: learned.evidence(opened()))
    agreed = learned.agreed(found)
    for one in found:
        counts = agreed.get(one.question) == one.script
        if as_json:
            print_objects({"evidence": one, "counts": counts})
            continue
        mark = "✓" if counts else " "
        approved = "  已确认 approved" if one.approved_at else ""
        told = f"{mark} {one.question}  → {one.script}  {one.people} 人 people{approved}"
        print_lines(told)
    if not found and not as_json:
        typer.echo("没有 None.")


def learn(
    question: Question,
    script: Annotated[str, typer.Argument(metavar="ID", help="Of the script that answers it.")],
    by: By = "",
    root: Root = Path(),
) -> None:
    """Decide for good which script answers a question."""
    with plainly():
        settings, wanted = load_settings(root), _normalised(question)
        act = Act(who=by, at=SystemClock().timestamp())

        async def approve() -> None:
            await known(settings, script)
            await learned.approve(opened(), wanted, script, act)

        ask_store(settings, approve)
    typer.echo(f"{wanted} → {script}。几秒内生效 in force within seconds.")


def unlearn(question: Question, root: Root = Path()) -> None:
    """Forget all that was chosen for a question."""
    with plainly():
        wanted = _normalised(question)
        number = ask_store(load_settings(root), lambda: learned.unlearn(wanted))
    typer.echo(f"{wanted}: {number} 条已忘掉 forgotten.")


def _normalised(question: str) -> str:
    """The question as it is kept and compared.

    Raises:
        BotError: nothing of it is left, or more than can be kept.
    """
    wanted = normalise(question)
    if not 0 < len(wanted) <= learned.LONGEST:
        cure = f"write 1 to {learned.LONGEST} characters of a question"
        raise BotError(f"「{wanted}」 has {len(wanted)}: {cure}.")
    return wanted
