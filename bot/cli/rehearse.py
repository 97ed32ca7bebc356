"""`huashu rehearse`: plays conversations whose results must stay as they are."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

from bot.cli.plain import Root, plainly, print_lines, print_objects, warn

if TYPE_CHECKING:
    from bot.rehearse.judge import Finding


def rehearse(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Conversations, one a line.")],
    library: Annotated[
        Path | None,
        typer.Option(help="Scripts to answer from, a folder or a file; else the workspace's."),
    ] = None,
    base: Annotated[
        Literal["0", "1", "auto"],
        typer.Option(help="The number of the first step in after_step."),
    ] = "auto",
    root: Root = Path(),
    as_json: Annotated[
        bool, typer.Option("--json", help="For programs: one object an expectation.")
    ] = False,
) -> None:
    """Play whole conversations on a mock WeCom server, and report what is not as expected."""
    from bot.rehearse import Company, rehearse
    from bot.rehearse.library import open_repertoire
    from bot.rehearse.reading import read_conversations

    logging.basicConfig(level=logging.ERROR)
    with plainly():
        company = Company.of(root.resolve())
        settings = company.settings
        first = None if base == "auto" else int(base)
        conversations = read_conversations(file, ZoneInfo(settings.zone), first)
        repertoire = open_repertoire(settings.root / settings.library, library)
        warn(repertoire.warnings)
        found = asyncio.run(rehearse(company, conversations, repertoire))
    if as_json:
        print_objects(*(_as_object(one) for one in found))
    else:
        print_lines(*_table(found))
    if not all(one.ok for one in found):
        raise typer.Exit(1)


def _as_object(finding: "Finding") -> Mapping[str, Any]:
    told = asdict(finding)
    return {key: told[key] for key in ("name", "after_step", "ok", "expected", "got", "why")}


def _table(found: "Sequence[Finding]") -> Iterator[str]:
    failed = [one for one in found if not one.ok]
    for one in failed:
        yield f"✗ {one.name}  第 {one.after_step} 步 step {one.after_step}"
        note = f"  （{one.note}）" if one.note else ""
        yield f"    应为 expected  {_result(one.expected)}{note}"
        yield f"    实际 got       {_result(one.got)}"
        yield f"    ↳ {one.why.zh}"
        yield f"      {one.why.en}"
    if failed:
        yield ""
    for one in found:
        yield f"{'✓' if one.ok else '✗'} {one.name}  {one.after_step}  {_result(one.got)}"
    kept = len(found) - len(failed)
    yield f"\n{kept}/{len(found)} 与预期一致 as expected"


def _result(told: Mapping[str, Any]) -> str:
    if not told:
        return "-"
    parts = []
    if "reply_id" in told:
        parts.append(f"{told['reply_id'] or '不回复 no reply'}")
    if told.get("handover") is not None:
        parts.append("请人 handed over" if told["handover"] else "不请人 not handed over")
    return "，".join(parts)
