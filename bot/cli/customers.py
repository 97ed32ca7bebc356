"""`huashu customers`: takes customers over from WeCom, and reads, writes and deletes what is known
of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli.plain import Root, complain, plainly, print_lines, warn
from bot.cli.records import Last, ask_store, load_settings
from bot.clock import SystemClock
from bot.errors import BotError, Complaint, ConfigError, nobody
from bot.files.private import create_private, whole
from bot.store.customers.erasing import erase, finish
from bot.store.customers.sync_rounds import Round, SyncRounds
from bot.store.database import opened
from bot.store.desk.audit import Deed, note
from bot.store.sql import Rows

if TYPE_CHECKING:
    from bot.profile.fields import FieldRule
    from bot.profile.importing import Row

app = typer.Typer(help="Customers (客户联系), in line with WeCom.", no_args_is_help=True)
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="external_userid.")]
Who = Annotated[str, typer.Option("--by", help="Who does it; kept.")]
_KINDS = {"added": "新加 added", "lost": "已删 lost", "tags": "标签 tags"}


@app.command()
def sync(root: Root = Path()) -> None:
    """Ask WeCom for all customers now, as the bot does each night. If it was broken off, it goes
    on where it stopped."""
    from tortoise.connection import get_connection

    from bot.app import background
    from bot.customers.customers import Customers
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
            print_lines(told)
        if not found:
            typer.echo("还没有同步过 Never synced. `huashu customers sync`")


@app.command("import")
def take(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=".xlsx or .csv", exists=True, dir_okay=False)
    ],
    who: Who = "",
    over: Annotated[
        bool, typer.Option("--over", help="Also where something else is known already.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be done, write nothing.")
    ] = False,
    root: Root = Path(),
) -> None:
    """Take in what a file knows of customers (docs/customers.md). Unknown columns and unusable
    cells are reported and left out; exit code 1 if there are any."""
    from bot.profile import intake
    from bot.profile.importing import read_table
    from bot.store.customers.field_dates import FieldDates
    from bot.store.customers.fields import Fields

    with plainly():
        if not dry_run and not who.strip():
            raise BotError("请写 --by：谁导入的，会记下来 write --by: it is kept")
        settings, at, name = load_settings(root), SystemClock().timestamp(), who.strip()[:64]
        rules = _rules(settings.root)
        table = read_table(file, rules)

        async def ask() -> tuple["list[Row]", "list[Row]"]:
            database = opened()
            fields = Fields(database, FieldDates(database, ZoneInfo(settings.zone), lambda: rules))
            rows = await intake.judged(database, fields, rules, file.name, table.lines)
            chosen = intake.chosen(rows, over=over)
            if not dry_run and chosen:
                await intake.take_in(
                    fields, rules, chosen, name, at, file=file.name, over=over, written=[]
                )
                deeds = intake.deeds(chosen, rules, name, file=file.name, over=over)
                await note(database, deeds, at)
            return rows, chosen

        rows, chosen = ask_store(settings, ask)
    wrong = [told for row in rows for told in row.complaints]
    warn(table.sheets)
    complain(table.left_out, "这一列不导入：", "Left out, a column: ")
    complain(wrong)
    counts = Counter(row.fate for row in rows)
    typer.echo(
        f"新填 new {counts['new']}，和已有的不同 other values {counts['changed']}，"
        f"没有变化 the same {counts['same']}，整行不导入 rows left out {counts['fault']}"
    )
    if dry_run:
        typer.echo("什么都没有写入。 Nothing is written.")
    else:
        typer.echo(f"已写入 written: {len(chosen)} 位客户 customers")
    if table.left_out or wrong:
        raise typer.Exit(1)


@app.command("list")
def write_list(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".xlsx or .csv", dir_okay=False)],
    root: Root = Path(),
) -> None:
    """Write all customers and what is known of them into a file that `import` takes."""
    from bot.profile import listing
    from bot.store.customers.field_dates import FieldDates

    with plainly():
        settings = load_settings(root)
        rules = _rules(settings.root)

        async def ask() -> int:
            database = opened()
            dates = FieldDates(database, ZoneInfo(settings.zone), lambda: rules)
            return await listing.write(database, file, rules, dates)

        number = ask_store(settings, ask)
    typer.echo(f"{file}: {number} 位客户 customers. 含个人信息 It holds personal data.")


@app.command()
def copy(
    customer: Customer,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".json", dir_okay=False)],
    who: Who,
    why: Annotated[str, typer.Option("--why", help="For example, that they asked for it; kept.")],
    root: Root = Path(),
) -> None:
    """Write all that is kept of a customer into a file, on their demand: what `forget` deletes."""
    from bot.store.customers.copying import copied

    with plainly():
        _told_why(who, why)
        settings, now = load_settings(root), SystemClock().now()

        async def ask() -> bytes | None:
            database, zone = opened(), ZoneInfo(settings.zone)
            content = await copied(database, customer, now, zone, settings.company.name)
            if content is not None:
                deed = _deed("customer.copy", customer, who, why)
                await note(database, [deed], now.timestamp())
            return content

        content = ask_store(settings, ask)
        if content is None:
            raise nobody(customer)
        create_private(file)
        with whole(file):
            file.write_bytes(content)
    typer.echo(f"{file}: 含个人信息，交给客户前请看一遍 It holds personal data: read it first.")


@app.command()
def forget(
    customer: Customer,
    who: Who,
    why: Annotated[str, typer.Option("--why", help="For example, that they demanded it; kept.")],
    root: Root = Path(),
) -> None:
    """Delete all that is kept of a customer, for good. Exports and backups still have it."""
    with plainly():
        _told_why(who, why)
        at = SystemClock().timestamp()

        async def ask() -> int | None:
            database = opened()
            friends = await erase(database, customer, at)
            if friends is not None:
                await note(database, [_deed("customer.erase", customer, who, why)], at)
                await finish(database)
            return friends

        friends = ask_store(load_settings(root), ask)
        if friends is None:
            raise nobody(customer)
    told = "已删除 deleted."
    if friends:
        told += " 还有成员加着，不再主动发消息 a contact still: nothing is sent to them."
    typer.echo(told)


def _told_why(who: str, why: str) -> None:
    if not who.strip() or not why.strip():
        raise BotError("--by 和 --why 不能为空 must not be empty: they are kept with it.")


def _deed(act: str, customer: str, who: str, why: str) -> Deed:
    return Deed(who=who.strip()[:64], act=act, subject=customer, why=why.strip()[:200])


def _rules(root: Path) -> "Mapping[str, FieldRule]":
    """The fields of config/customers.toml, by id.

    Raises:
        ConfigError: there are mistakes in it; without all fields a column might be left out.
    """
    from bot.profile.rules import read_customers

    complaints: list[Complaint] = []
    rules = read_customers(root, complaints).fields
    if complaints:
        raise ConfigError(complaints)
    return rules


def _told(one: Round, zone: ZoneInfo) -> Iterator[str]:
    begun = datetime.fromtimestamp(one.begun_at, zone)
    state = "首次同步 first sync" if one.initial else "对账 reconciliation"
    yield f"{begun:%Y-%m-%d %H:%M}  {state}  {one.percent}%  {one.done} 个好友关系 contacts"
    if one.found:
        yield (
            f"    没有收到通知的变化 changes without event: 新加 added {one.added}，"
            f"已删 lost {one.lost}，标签 tags {one.tagged}"
        )
