"""Where config/ names scripts, beside plans (bot/plans/uses.py)."""

from collections.abc import Collection, Iterable
from pathlib import Path

from bot.channels.book import read_channels
from bot.errors import Complaint
from bot.groups.rules import read_groups
from bot.referral.book import read_referral
from bot.tagging.book import read_tagging


def naming(root: Path, scripts: Collection[str], gone: Collection[str]) -> list[Complaint]:
    """What would be wrong with channels, groups, referrals and tags of the workspace `root`, were
    `gone` no scripts any more: `huashu check` would not let the bot start.

    Args:
        scripts: ids of all there are.
    """

    def told(ids: Collection[str]) -> list[Complaint]:
        found = list[Complaint]()
        for read in (read_channels, read_groups, read_referral, read_tagging):
            read(root, found, ids)
        return found

    before = told(scripts)
    return [one for one in told({*scripts}.difference(gone)) if one not in before]


def places(found: Iterable[Complaint]) -> str:
    return ", ".join(f"{one.file} {one.key}" for one in found)
