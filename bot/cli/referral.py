"""`huashu referral`: customers who invite customers, and their rewards."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.plain import Root, plainly, print_lines, print_objects
from bot.cli.records import AsJson, ask_store, load_settings
from bot.referral.book import ReferralBook
from bot.referral.rule import REASONS
from bot.store.database import opened
from bot.store.referral.views import Numbers, ReferralViews
from bot.store.sql import Rows

app = typer.Typer(help="Referral campaigns (老带新).", no_args_is_help=True)
Top = Annotated[int, typer.Option(help="So many of those who bring most.", min=0, max=100)]


@app.callback()
def referral() -> None:
    pass


@app.command()
def board(root: Root = Path(), top: Top = 5, as_json: AsJson = False) -> None:
    """How each campaign goes: codes, friends who count, rewards, and who brings most."""
    with plainly():
        settings = load_settings(root)
        book = ReferralBook(settings.root)
        book.open()

        async def ask() -> tuple[Mapping[str, Numbers], frozenset[str], dict[str, Rows]]:
            views = ReferralViews(opened())
            numbers = await views.numbers()
            ranking = {one: await views.ranking(one, top) for one in numbers} if top else {}
            return numbers, frozenset(await views.paused()), ranking

        numbers, paused, ranking = ask_store(settings, ask)
        for name in {**book.campaigns, **numbers}:
            campaign = book.campaigns.get(name)
            if as_json:
                told = {"campaign": name, "paused": name in paused, "top": ranking.get(name, [])}
                n = numbers.get(name, Numbers())
                told |= {one.name: getattr(n, one.name) for one in fields(n)}
                print_objects(told)
                continue
            title = campaign.title if campaign else "（不在文件里 not in the file）"
            days = f"  {campaign.first} – {campaign.until}" if campaign else ""
            halted = "  已暂停 paused" if name in paused else ""
            print_lines(f"{title}  {name}{days}{halted}")
            _tell(numbers.get(name, Numbers()))
            for place, one in enumerate(ranking.get(name, ()), 1):
                who = one["name"] or one["inviter"]
                print_lines(f"    {place}. {who}  {one['counts']}")
        if not (book.campaigns or numbers or as_json):
            typer.echo("还没有老带新活动 No campaigns yet: config/referral.toml")


def _tell(n: Numbers) -> None:
    typer.echo(
        f"    邀请码 codes {n.codes}，邀请来 brought {n.invited}，算数 count {n.counts}，"
        f"在等 wait {n.waiting}，等人看 to look at {n.held}，又走了 left {n.gone}"
    )
    typer.echo(
        f"    奖励 rewards: 已发 sent {n.sent}，等着 due {n.due}，没发出 not sent {n.unsent}"
    )
    for reason, number in n.refused.most_common():
        zh, en = REASONS[reason]
        typer.echo(f"    不算 not counted: {zh} {en} {number}")
