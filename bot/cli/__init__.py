"""The command `huashu`: reads arguments, prints, nothing more."""

from importlib.metadata import version
from typing import Annotated

import typer

from bot.cli import (
    channels,
    complaints,
    customers,
    doctor,
    group_answers,
    groups,
    handover,
    leaving,
    moments,
    plan_states,
    plans,
    records,
    referral,
    rehearse,
    script_calibrate,
    script_eval,
    script_find,
    script_formats,
    script_learned,
    script_match,
    script_misses,
    script_versions,
    scripts,
    servers,
    store_board,
    stores,
    touch,
    touch_brakes,
    touch_preflight,
    touch_reminders,
    touch_simulate,
    touch_why,
    workspaces,
)

app = typer.Typer(
    help="Huashu (话术): the right words in WeCom (企业微信), or a person.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, and so secrets
)
app.command()(servers.demo)
app.command()(servers.run)
app.command()(servers.mock)
app.command("admin-link")(servers.admin_link)
app.command()(workspaces.check)
app.command()(doctor.doctor)
app.command()(workspaces.init)
app.command()(records.why)
app.command()(rehearse.rehearse)
app.command("export")(leaving.leave)
app.command("import")(leaving.come)
app.add_typer(complaints.app, name="complaints")
app.add_typer(complaints.app, name="complaint", hidden=True)  # as one speaks of a single one
app.add_typer(records.doubtful, name="doubtful")
app.add_typer(records.todos, name="todos")
plans.app.command()(plan_states.pause)
plans.app.command()(plan_states.resume)
plans.app.command()(plan_states.stop)
app.add_typer(plans.app, name="plans")
groups.app.command()(group_answers.questions)
groups.app.command()(group_answers.rules)
app.add_typer(groups.app, name="groups")
app.add_typer(channels.app, name="channels")
app.add_typer(referral.app, name="referral")
app.add_typer(moments.app, name="moments")
app.add_typer(handover.app, name="handover")
app.add_typer(customers.app, name="customers")
stores.app.command()(store_board.board)
stores.app.command()(store_board.remind)
app.add_typer(stores.app, name="stores")
touch.app.command()(touch_why.why)
touch.app.command()(touch_preflight.preflight)
touch.app.command()(touch_simulate.simulate)
touch.app.command()(touch_reminders.remind)
touch.app.add_typer(touch_reminders.reminders, name="reminders")
for stop in (touch_brakes.brakes, touch_brakes.brake, touch_brakes.lift):
    touch.app.command()(stop)
touch.app.command("opt-out")(touch_brakes.opt_out)
touch.app.command("opt-in")(touch_brakes.opt_in)
app.add_typer(touch.app, name="touch")
scripts.app.command()(script_calibrate.calibrate)
scripts.app.command()(script_match.match)
scripts.app.command("eval")(script_eval.show)
scripts.app.command()(script_find.find)
scripts.app.command("misses")(script_misses.show)
scripts.app.command("export")(script_formats.export_scripts)
scripts.app.command("import")(script_formats.import_scripts)
scripts.app.command("template")(script_formats.write_template)
for command in (
    *(script_versions.edit, script_versions.submit, script_versions.approve),
    *(script_versions.reject, script_versions.withdraw, script_versions.retire),
    *(script_versions.rollback, script_versions.history, script_versions.waiting),
    script_versions.layers,
):
    scripts.app.command()(command)
scripts.app.command("learned")(script_learned.show)
scripts.app.command()(script_learned.learn)
scripts.app.command()(script_learned.unlearn)
app.add_typer(scripts.app, name="scripts")


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
