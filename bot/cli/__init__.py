"""The command `huashu`. What is in this package reads arguments and prints, nothing more."""

from importlib.metadata import version
from typing import Annotated

import typer

from bot.cli.lazily import lazily

COMMANDS = {
    "demo": "servers:demo Watch customers being welcomed and answered, on a mock WeCom server.",
    "run": "servers:run Serve a company: listen to WeCom and answer.",
    "mock": "servers:mock A WeCom server to try things on, with its client; steer it under "
    "/_mock/.",
    "admin-link": "servers:admin_link A link by which one person becomes the console's admin, "
    "once, within a day.",
    "check": "workspaces:check Name every mistake in settings, scripts, plans, rules and routers.",
    "doctor": "doctor:doctor Name what is set wrongly between us and WeCom, and where to click. "
    "Nothing is sent.",
    "init": "workspaces:init Lay out a new workspace.",
    "why": "records:why The last events: what was said and why, or why nothing was.",
    "rehearse": "rehearse:rehearse Play whole conversations on a mock WeCom server, and report "
    "what is not as expected.",
    "export": "leaving:leave Write the whole state as open files: JSON Lines, scripts, settings, "
    "and a manifest.",
    "import": "leaving:come Fill an empty workspace from an export: its hashes are checked first, "
    "and all of it is taken, or nothing.",
    "complaints": "complaints:app Complaints (投诉): answered in time, and closed.",
    "doubtful": "records:doubtful Messages of which nobody knows whether they arrived.",
    "todos": "records:todos What people have to do because the bot could not.",
    "plans": "plans:app Plans (触达计划): whom, when, which script.",
    "groups": "groups:app Customer groups (客户群): figures, stage, members.",
    "channels": "channels:app Channel codes (渠道活码).",
    "referral": "referral:app Referral campaigns (老带新).",
    "moments": "moments:app Moments (客户朋友圈): plans, approval, why.",
    "handover": "handover:app Handovers (交接): a member leaves or is on leave.",
    "customers": "customers:app Customers (客户联系), in line with WeCom.",
    "stores": "stores:app Stores (门店): their words, and who has confirmed.",
    "touch": "touch:app Touches (触达): may I write, who gets it, what goes out.",
    "scripts": "scripts:app Check, list and try the scripts.",
}
app = typer.Typer(
    help="Huashu (话术): the right words in WeCom (企业微信), or a person.",
    cls=lazily(COMMANDS, {"complaint": "complaints"}),  # as one speaks of a single one
    no_args_is_help=True,
    rich_markup_mode=None,  # see lazily.plain
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, and so secrets
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"huashu {version('huashu')}")
        raise typer.Exit


@app.callback()
def main(
    shown: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    pass
