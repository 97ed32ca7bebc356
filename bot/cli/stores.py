"""`huashu stores`: stores (门店) from Excel or CSV."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.layered import load
from bot.cli.lazily import lazily
from bot.cli.plain import HARMLESS, Root, complain, plainly, print_lines, warn
from bot.cli.records import ask_store, load_settings
from bot.clock import SystemClock
from bot.errors import BotError
from bot.sheets.sheet import opened as sheet_of
from bot.sheets.sheet import written
from bot.store.database import opened
from bot.store.stores.stores import StoreTable
from bot.stores.reading import Import, Row, read_stores, table_of
from bot.stores.store import TITLES, Store, lacking, values_of

app = typer.Typer(
    help="Stores (门店): their words, and who has confirmed.",
    cls=lazily({verb: f"store_board:{verb}" for verb in ("board", "remind")}),
    no_args_is_help=True,
)
_FATES = {
    "new": "新店 new",
    "changed": "有改动 changed",
    "same": "没变 same",
    "wrong": "有错 wrong",
}
_EXAMPLE = Store(
    id="SH001", name="虹口店", members={"ZhangSan": "小张", "LiSi": ""}, tags=("华东", "旗舰店"),
    persona="虹口小店员",
    values={"tone": "宝子", "address": "四川北路 1 号", "phone": "021-00000000",
            "hours": "10:00-22:00", "manager": "张三"},
)  # fmt: skip


@app.command("import")
def take(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", dir_okay=False, exists=True, help=".xlsx or .csv")
    ],
    root: Root = Path(),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell each row's fate, write nothing.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove-missing", help="Stores that FILE does not name are closed.")
    ] = False,
) -> None:
    """Take stores from a worksheet; nothing is written unless every row is right."""
    with plainly():
        settings = load_settings(root)

        async def work() -> Import:
            table = StoreTable(opened())
            found = read_stores(file, await table.all())
            if found.good and not dry_run:
                gone = [one.id for one in found.missing] if remove else []
                await table.put(found.written, gone, SystemClock().timestamp())
            return found

        found = ask_store(settings, work)
    warn(found.sheets)
    print_lines(*_fates(found, remove=remove, dry_run=dry_run))
    if not found.good:
        for row in found.rows:
            complain(row.complaints)
        typer.echo("什么都没写 nothing was written.", err=True)
        raise typer.Exit(1)


def _fates(found: Import, *, remove: bool, dry_run: bool) -> Iterator[str]:
    for row in found.rows:
        if dry_run or row.fate == "wrong":
            yield _fate(row)
    gone = "关店 closed" if remove else "文件里没有，保留 not in the file, kept"
    for one in found.missing:
        if dry_run or remove:
            yield f"    {one.id} {one.name}：{gone}"
    counts = (
        f"{told} {number}"
        for fate, told in _FATES.items()
        if (number := sum(row.fate == fate for row in found.rows))
    )
    yield f"{len(found.rows)} 行 rows：{'，'.join(counts)}"
    if found.missing:
        yield f"{gone} {len(found.missing)}"
    if remove and found.sheets:
        yield "有工作表没读，一家也没关 no store is closed: there are sheets that are not read"


def _fate(row: Row) -> str:
    store = f"{row.store.id} {row.store.name}" if row.store else "-"
    what = f"：{'、'.join(row.what)}" if row.what else ""
    return f"    {row.place}  {store}  {_FATES[row.fate]}{what}"


@app.command("list")
def show(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", dir_okay=False, help=".csv or .xlsx, for Excel or WPS."),
    ] = None,
    root: Root = Path(),
    tag: Annotated[str, typer.Option(help="Only with this tag.")] = "",
) -> None:
    """All stores with their members, as `import` reads them; without FILE as CSV, for programs."""
    with plainly():
        settings = load_settings(root)
        stores = ask_store(settings, lambda: StoreTable(opened()).all())
        if not stores:
            raise BotError("还没有门店 no stores yet: `huashu stores template FILE.xlsx`")
        rows = table_of(one for one in stores if not tag or tag in one.tags)
        if file is None:
            typer.echo(written(rows).translate(HARMLESS), nl=False)
            return
        with sheet_of(file, "门店", to_fill_in=True) as sheet:
            for row in rows:
                sheet.add(row)
    typer.echo(f"{file}: 改好后 when it is edited, `huashu stores import {file} --dry-run`")


@app.command()
def check(
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="An id: news/sale.")],
    root: Root = Path(),
) -> None:
    """Which stores lack what a script says of them: their mass messages would not be made."""
    with plainly():
        settings = load_settings(root)
        said = load(settings.root / settings.library)[0][script]
        stores = ask_store(settings, lambda: StoreTable(opened()).all())
        found = [(one, missing) for one in stores if (missing := lacking(said, values_of(one)))]
    for one, missing in found:
        titles = "、".join(TITLES[name] for name in missing)
        print_lines(f"    {one.id} {one.name}：缺 lacks {titles}")
    typer.echo(f"{len(stores)} 家店 stores，{len(found)} 家缺资料 lack something")
    if found:
        typer.echo("补上再导入 add it to the file and import it: `huashu stores import`", err=True)
        raise typer.Exit(1)


@app.command()
def template(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", dir_okay=False)],
) -> None:
    """Write a table with one example, for Excel or WPS; in a .csv they shorten 001 and 021."""
    with plainly():
        if file.exists():
            raise BotError(f"{file}: 换个新的文件名 name a new file")
        with sheet_of(file, "门店", to_fill_in=True) as sheet:
            for row in table_of([_EXAMPLE]):
                sheet.add(row)
    typer.echo(f"{file}: 填好后 fill it in, then `huashu stores import {file} --dry-run`")
