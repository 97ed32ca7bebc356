"""Whether the drivers for PostgreSQL and NATS are installed, and new enough: installing the
program alone leaves an old one as it is."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from bot.errors import Complaint
from bot.settings import Settings
from bot.store_url import INSTALL, is_postgres

_WANTED = re.compile(r"""([\w-]+)>=([\d.]+); *extra == ["']cluster["']""")


def lacking(settings: Settings) -> Iterator[tuple[bool, Complaint]]:
    """Complaints, each with whether the driver is missing altogether: then nothing starts."""
    needed = {"asyncpg": is_postgres(settings.store.url), "nats-py": bool(settings.inbox.url)}
    for name, oldest in wanted().items():
        if needed[name] and (problem := lack(name, oldest)):
            key = "store.url" if name == "asyncpg" else "inbox.url"
            told = Complaint("config/bot.toml", key, problem, INSTALL)
            yield not installed(name), told


def wanted() -> dict[str, str]:
    """The oldest version of each that will do."""
    return dict(_WANTED.findall("\n".join(requires("huashu") or ())))


def lack(name: str, oldest: str) -> str:
    """What is wrong with the installed one; "": nothing."""
    there = installed(name)
    if not there:
        return f"{name} is not installed"
    if _numbers(there) < _numbers(oldest):
        return f"{name} {there} is too old, this version wants {oldest}"
    return ""


def installed(name: str) -> str:
    """Its version; "": it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _numbers(told: str) -> list[int]:
    """2.11.0rc1 → 2, 11, 0: nobody runs on a candidate."""
    return [int(part) for part in re.findall(r"\d+", told)[:3]]
