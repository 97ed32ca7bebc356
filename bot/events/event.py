"""What every event has. Their kinds are in bot.events."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    id: str  # equal for redeliveries of one happening, different otherwise
    at: datetime  # WeCom's own time of the happening, aware, UTC
    conversation: str
