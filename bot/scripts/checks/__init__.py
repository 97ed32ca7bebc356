"""Every mistake of a library, found at a desk and not by a customer."""

from bot.scripts.checks.reach import REQUIRED
from bot.scripts.checks.run import Findings, check, inspect
from bot.scripts.checks.words import TEXT_BYTES

__all__ = ["REQUIRED", "TEXT_BYTES", "Findings", "check", "inspect"]
