"""Scripts (话术): load and check them, find the right one, put its words together."""

from bot.scripts.decision import Bars, Decision, Match
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.renderer import Renderer, Words, fit
from bot.scripts.script import Attachment, Condition, Facts, Script, Variant

__all__ = [
    "Attachment",
    "Bars",
    "Condition",
    "Decision",
    "Facts",
    "Library",
    "Match",
    "Matcher",
    "Renderer",
    "Script",
    "Variant",
    "Words",
    "fit",
]
