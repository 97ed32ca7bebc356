"""`huashu channels`: codes by which customers come, and what becomes of them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.channels.book import ChannelBook
from bot.cli.plain import HARMLESS, Root, plainly, print_lines
from bot.cli.records import ask_store, load_settings
from bot.clock import SystemClock
from bot.store.channels.channels import Came, ChannelStore, Code
from bot.store.database import opened

app = typer.Typer(help="Channel codes (渠道活码).", no_args_is_help=True)
Days = Annotated[int, typer.Option(help="So many days, today the last.", min=1, max=366)]


@app.command("list")
def list_channels(root: Root = Path(), days: Days = 30) -> None:
    """Channels with their codes, and how many came, wrote, stayed silent and left."""
    with plainly():
        settings = load_settings(root)
        zone = ZoneInfo(settings.zone)
        book = ChannelBook(settings.root)
        book.open()
        today = SystemClock().now().astimezone(zone).date()

        async def ask() -> tuple[Mapping[str, Code], Mapping[str, dict[date, Came]]]:
            store = ChannelStore(opened())
            return await store.codes(), await store.came(today, days, zone)

        codes, came = ask_store(settings, ask)
        for state in {**book.channels, **came}:
            channel, code, sums = book.channels.get(state), codes.get(state), Came()
            for one in came.get(state, {}).values():
                sums.add(one)
            title = channel.title if channel else "（不在文件里 not in the file）"
            print_lines(f"{title}  {state}")
            typer.echo(
                f"    新加 added {sums.added}，开口 wrote {sums.answered}，"
                f"没开口 silent {sums.silent}，流失 left {sums.lost}"
            )
            if code and code.picture:
                print_lines(f"    {code.picture}")
            if code and code.problem:
                typer.echo(f"    企业微信不接受 refused: {code.why}")
        if not book.channels and not came:
            typer.echo("还没有渠道 No channels yet: config/channels.toml")


@app.command()
def make(root: Root = Path()) -> None:
    """Make the codes that are missing at WeCom, and change those that are different, now."""
    from bot.channels.codes import ChannelCodes
    from bot.store.credentials import Credentials
    from bot.wecom.contact_ways import ContactWays
    from bot.wecom.opening import open_client

    with plainly():
        settings, clock = load_settings(root), SystemClock()
        book = ChannelBook(settings.root)
        book.open()

        async def ask() -> tuple[list[str], Mapping[str, Code]]:
            store = ChannelStore(opened())
            async with open_client(settings, clock, Credentials()) as client:
                done = await ChannelCodes(ContactWays(client), store, book, clock).make(now=True)
            return done, await store.codes()

        done, codes = ask_store(settings, ask)
        for state in done:
            print_lines(f"{state}  {codes[state].picture}")
        for state, code in codes.items():
            if code.problem:
                told = f"{state}: 企业微信不接受 refused: {code.why}"
                typer.echo(told.translate(HARMLESS), err=True)
        if not done:
            typer.echo("没有要做的 Nothing to make.")
