"""What is not ours to answer, recognised before any script is looked for."""

from bot.scripts.recognise.cues import all_cues
from bot.scripts.recognise.recogniser import Recognised, recognise

__all__ = ["Recognised", "all_cues", "recognise"]
