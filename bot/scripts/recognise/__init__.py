"""What is not ours to answer, recognised before any script is looked for."""

from bot.scripts.recognise.cues import all_cues
from bot.scripts.recognise.recogniser import Recognised, recognise
from bot.scripts.recognise.sounds import Sound, Sounds, sound_of

__all__ = ["Recognised", "Sound", "Sounds", "all_cues", "recognise", "sound_of"]
