"""What staff write of a time (明天下午三点, 每月1号, next Friday), understood and shown."""

from bot.touch.phrases.understanding import understand
from bot.touch.phrases.values import Meaning, Moment, Recurrence, Said, Unclear

__all__ = ["Meaning", "Moment", "Recurrence", "Said", "Unclear", "understand"]
