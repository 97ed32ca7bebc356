"""Checks of a script library: its writer finds the mistakes, not a customer.

`inspect` tells mistakes and doubts apart, `check` gives both as one list.
"""

from bot.scripts.checks.reach import REQUIRED
from bot.scripts.checks.run import Findings, check, inspect
from bot.scripts.checks.words import TEXT_BYTES

__all__ = ["REQUIRED", "TEXT_BYTES", "Findings", "check", "inspect"]
