"""The library that ships, read once for all tests of a process, and its matcher."""

from functools import cache
from pathlib import Path

from bot.scripts.library import Library
from bot.scripts.matcher import Matcher

FOLDER = Path(__file__).parents[1] / "scripts_library"
LIBRARY = Library.load(FOLDER)


@cache
def matcher() -> Matcher:
    return Matcher(LIBRARY)
