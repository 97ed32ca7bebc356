"""The templates of the pages. Everything is escaped: nicknames may be hostile."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.telling.rules import alike
from bot.telling.words import Language, beside, brief, counted, told, written

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["beside"] = beside
TEMPLATES.filters["brief"] = brief
TEMPLATES.filters["counted"] = counted
TEMPLATES.filters["written"] = written
TEMPLATES.filters["alike"] = alike


def time_tag(at: float | None, now: float, zone: ZoneInfo, language: Language) -> Markup:
    """`told` in a <time> whose title is the whole moment; a dash where there is none."""
    if not at:
        return Markup("—")
    moment = datetime.fromtimestamp(at, UTC).astimezone(zone)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"),
        f"{moment:%Y-%m-%d %H:%M:%S}",
        told(at, now, zone, language),
    )
