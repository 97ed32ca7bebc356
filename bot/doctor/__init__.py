"""The signature doctor: what is set up wrongly between us and WeCom, and where to click."""

from bot.doctor.examination import complaint, examine
from bot.doctor.line import Line, State
from bot.doctor.signature import Shown

__all__ = ("Line", "Shown", "State", "complaint", "examine")
