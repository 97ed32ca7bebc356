"""`huashu customers`: what is known of customers, kept in line with WeCom."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli.plain import HARMLESS, Root, plainly
from bot.cli.records import ask_store, load_settings
from bot.clock import SystemClock
from bot.errors import BotError
from bot.store.audit import Deed, note
from bot.store.database import opened
from bot.store.erasing import erase, finish
from bot.store.sql import Rows
from bot.store.sync_rounds import Round, SyncRounds

app = typer.Typer(help="Customers (客户联系), in line with WeCom.", no_args_is_help=True)
Last = Annotated[int, typer.Option("--last", help="So many, the newest.", min=1, max=1000)]
_KINDS = {"added": "新加 added", "lost": "已删 lost", "tags": "标签 tags"}


@app.command()
def sync(root: Root = Path()) -> None:
    """Ask WeCom for all customers now, as the bot does each night. Broken off, it goes on where
    it stood."""
    from tortoise.connection import get_connection

    from bot.app import background
    from bot.customers import Customers
    from bot.profile.rules import read_customers
    from bot.store.credentials import Credentials
    from bot.store.journal import Journal
    from bot.wecom.contacts import Contacts
    from bot.wecom.opening import open_client

    with plainly():
        settings, clock = load_settings(root), SystemClock()

        async def ask() -> Round:
            database = opened()
            journal = Journal(get_connection("default"))
            async with (
                open_client(settings, clock, Credentials()) as client,
                background(journal.run),
            ):
                fields = read_customers(settings.root, []).fields.values
                customers = Customers(journal, clock)
                contacts = Contacts(client, journal, database, customers, clock, fields)
                with typer.progressbar(length=100, label="客户 customers") as bar:
                    return await contacts.reconcile(lambda at: bar.update(at.percent - bar.pos))

        found = ask_store(settings, ask)
        typer.echo("\n".join(_told(found, ZoneInfo(settings.zone))))


@app.command()
def rounds(root: Root = Path(), last: Last = 10) -> None:
    """The last rounds: how many customers, and what no event had told of."""
    with plainly():
        settings = load_settings(root)
        zone = ZoneInfo(settings.zone)

        async def ask() -> tuple[list[Round], Rows]:
            store = SyncRounds(opened())
            found = await store.last(last)
            return found, await store.finds(found[0].seq, number=20) if found else []

        found, news = ask_store(settings, ask)
        for one in found:
            typer.echo("\n".join(_told(one, zone)))
        for row in news:
            name = row["name"] or row["customer"]
            told = f"    {name} ({row['customer']}) ← {row['member']}: {_KINDS[row['kind']]}"
            typer.echo(told.translate(HARMLESS))
        if not found:
            typer.echo("还没有同步过 Never synced. `huashu customers sync`")


@app.command()
def forget(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="external_userid.")],
    who: Annotated[str, typer.Option("--who", help="Who does it; kept.")],
    why: Annotated[str, typer.Option("--why", help="For example, that they demanded it; kept.")],
    root: Root = Path(),
) -> None:
    """Delete all that is kept of a customer, for good. Exports and backups have it still."""
    with plainly():
        if not who.strip() or not why.strip():
            raise BotError("--who 和 --why 不能为空 must not be empty: they are kept with it.")
        at = SystemClock().timestamp()

        async def ask() -> int | None:
            database = opened()
            friends = await erase(database, customer, at)
            if friends is not None:
                deed = Deed(
                    who=who.strip()[:64], act="customer.erase", subject=customer,
                    why=why.strip()[:200],
                )  # fmt: skip
                await note(database, [deed], at)
                await finish(database)
            return friends

        friends = ask_store(load_settings(root), ask)
        if friends is None:
            raise BotError(f"没有这位客户 nobody has heard of {customer!r}")
    told = "已删除 deleted."
    if friends:
        told += " 还有成员加着，不再主动发消息 a contact still: nothing is sent to them."
    typer.echo(told)


def _told(one: Round, zone: ZoneInfo) -> Iterator[str]:
    begun = datetime.fromtimestamp(one.begun_at, zone)
    state = "首次同步 first sync" if one.initial else "对账 reconciliation"
    yield f"{begun:%Y-%m-%d %H:%M}  {state}  {one.percent}%  {one.done} 个好友关系 contacts"
    if one.found:
        yield (
            f"    没有收到通知的变化 changes without event: 新加 added {one.added}，"
            f"已删 lost {one.lost}，标签 tags {one.tagged}"
        )
