"""The templates of the pages. Everything is escaped: nicknames are hostile."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.web.console.rule_words import alike
from bot.web.words import brief, counted, written

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["brief"] = brief
TEMPLATES.filters["counted"] = counted
TEMPLATES.filters["written"] = written
TEMPLATES.filters["alike"] = alike
