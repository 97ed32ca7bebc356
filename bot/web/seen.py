"""Whether somebody has changed what a form is about since it was opened."""

from zlib import crc32

from bot.web.visit import Visit


def mark(what: object) -> str:
    """A mark that differs whenever the content does; forms carry it as `seen`."""
    return f"{crc32(repr(what).encode()):x}"


def overtaken(visit: Visit, now: object) -> bool:
    """Whether the form was opened on something other than what is there `now`."""
    current = mark(now)
    return visit.asked("seen", current) != current
