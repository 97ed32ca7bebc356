"""Whether somebody has changed what a form is about since it was opened."""

from zlib import crc32

from bot.web.visit import Visit


def mark(what: object) -> str:
    """Another one for each that says something else. It stands in the form under `seen`."""
    return f"{crc32(repr(what).encode()):x}"


def overtaken(visit: Visit, now: object) -> bool:
    """Whether the form saw something else than what stands there `now`."""
    current = mark(now)
    return visit.asked("seen", current) != current
