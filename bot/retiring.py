"""Whether a script may be retired (停用): not while a plan or a handler says it, or a file of
config/ names it.

Without it, a plan is left out of planning, a handler fails at each of its events, and `huashu
check` would not let the bot start.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.channels import book as channels
from bot.errors import Declined
from bot.files.naming import Named
from bot.groups import rules as groups
from bot.plans.plan import Plan, scripts_of
from bot.referral import book as referral
from bot.scripts.script import Script
from bot.settings import Settings
from bot.tagging import book as tagging
from bot.workspace.sources import said_in


@dataclass(frozen=True, slots=True)
class Uses:
    """What cannot do without a script."""

    plans: list[Plan] = field(default_factory=list)
    files: list[Named] = field(default_factory=list)


def uses_of(
    gone: Iterable[str], settings: Settings, plans: Iterable[Plan], scripts: Iterable[Script]
) -> Mapping[str, Uses]:
    """Which of `gone` may not be retired if all were retired at once, and why.

    Args:
        scripts: all there are.
    """
    found = {script: Uses() for script in gone}
    for plan in plans:
        for script in {*scripts_of(plan)} & found.keys():
            found[script].plans.append(plan)
    kept = {one.id for one in scripts} - found.keys()
    for named in _named(settings.root):
        if named.is_lost(kept):
            for script in filter(named.means, found):
                found[script].files.append(named)
    for named in said_in(settings.root, settings.routers.partition(":")[0]):
        if named.script in found:
            found[named.script].files.append(named)
    return {script: uses for script, uses in found.items() if uses.plans or uses.files}


def keep_what_is_used(
    script: str, settings: Settings, plans: Iterable[Plan], scripts: Iterable[Script]
) -> None:
    """
    Raises:
        Declined: the script may not be retired.
    """
    uses = uses_of([script], settings, plans, scripts).get(script)
    if uses is None:
        return
    if uses.plans:
        said = ", ".join(f"{one.title} ({one.id})" if one.title else one.id for one in uses.plans)
        raise Declined(
            f"没有停用：计划要说这条：{said}。先给计划换一条话术，或停止计划。",
            f"Not retired. Plans say it: {said}. Change or stop them first.",
            409,
        )
    places = ", ".join(f"{one.file} {one.key}" for one in uses.files)
    raise Declined(
        f"没有停用：{places} 用到这条。先在那里换一条话术。",
        f"Not retired: it is named in {places}. Change that first.",
        409,
    )


def _named(root: Path) -> list[Named]:
    return [
        *channels.scripts_named(channels.read_channels(root, [], None)),
        *groups.scripts_named(groups.read_groups(root, [])),
        *referral.scripts_named(referral.read_referral(root, [])),
        *tagging.scripts_named(tagging.read_tagging(root, []).rules),
    ]
