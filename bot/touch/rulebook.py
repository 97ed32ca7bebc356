"""Holds the rules in force, and takes up the next ones when their files have changed.

A touch is judged by one whole set of rules or by the next; a mistake keeps the old ones.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.errors import Complaint, ConfigError
from bot.files.stamp import Stamp, stamped, torn
from bot.profile.rules import FILE as CUSTOMERS
from bot.profile.rules import read_customers
from bot.touch.calendar import Calendar, read_days
from bot.touch.reading import read_rules
from bot.touch.touch_policy import Called, TouchPolicy

log = logging.getLogger(__name__)

FILES = ("config/touch.toml", "config/caps.toml", "config/calendar.toml", CUSTOMERS)


def read_policy(
    root: Path,
    environ: Mapping[str, str],
    zone: ZoneInfo,
    called: Called = str,
    *,
    profile: str = "",
) -> TouchPolicy:
    """The rules of the workspace `root`.

    Args:
        called: what people call a member, by userid.
        profile: this one of caps instead of the one in force.

    Raises:
        ConfigError: with every complaint about its files.
        KeyError: there is no such profile.
    """
    complaints: list[Complaint] = []
    rules = read_rules(root, environ, complaints)
    days = read_days(root, complaints)
    fields = read_customers(root, complaints).fields
    if complaints or rules is None:
        raise ConfigError(complaints)
    caps = rules.caps.profiles[profile or rules.caps.profile]
    return TouchPolicy(rules.manners, caps, rules.limits, Calendar(days), zone, fields, called)


class Rulebook:
    """
    Args:
        root: the workspace.
        environ: for values that are written "env:NAME".
        zone: the company's.
        called: what people call a member, by userid.

    Raises:
        ConfigError: the rules cannot be used.
    """

    def __init__(
        self, root: Path, environ: Mapping[str, str], zone: ZoneInfo, called: Called = str
    ) -> None:
        self._read = partial(read_policy, root, environ, zone, called)
        self._root, self._one_at_a_time = root, asyncio.Lock()
        self._seen = self._tried = self._stamp()
        self.policy = self._read()
        self.followers: list[Callable[[TouchPolicy], None]] = []  # told of new rules
        self.complaints: tuple[Complaint, ...] = ()  # why the last attempt came to nothing

    async def under(self, profile: str) -> TouchPolicy:
        """The rules as they would be with this profile of caps.

        Raises:
            ConfigError: the files cannot be used.
            KeyError: there is no such profile.
        """
        return await asyncio.to_thread(self._read, profile=profile)

    async def sweep(self) -> None:
        """Take up what has changed. Files count once they have rested from one look to the next:
        somebody may be writing them, one after another."""
        async with self._one_at_a_time:
            await self._look()

    async def _look(self) -> None:
        before, self._seen = self._seen, await asyncio.to_thread(self._stamp)
        if self._seen == self._tried or self._seen != before:
            return
        self._tried = self._seen
        try:
            self.policy = await asyncio.to_thread(self._read_again)
        except ConfigError as error:
            self.complaints = error.complaints
            for told in error.complaints:
                log.error("the rules stay as they were: %s", told, extra={"action": "rules"})
            return
        self.complaints = ()
        for follower in self.followers:
            follower(self.policy)
        extra = {"action": "rules", "profile": self.policy.profile.name}
        log.info("new rules of touches are in force", extra=extra)

    def _read_again(self) -> TouchPolicy:
        if told := torn(self._root):
            raise ConfigError(told)
        return self._read()

    def _stamp(self) -> Stamp:
        return stamped(self._root / name for name in FILES)
