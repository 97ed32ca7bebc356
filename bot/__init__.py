"""Huashu (话术): what an application may use. Everything else is the engine's own business.

`events` has all kinds of them; those that nearly every application handles are here by name.
"""

from bot import events
from bot.context import Context
from bot.desk import CHANNELS, Key
from bot.errors import BotError
from bot.events import (
    Channel,
    ChatEntered,
    CustomerAdded,
    DeliveryFailed,
    Event,
    MessageReceived,
    SendFailed,
    SessionEntered,
    TransferFailed,
)
from bot.filters import Texts, has_text, in_group, on_channel
from bot.routing import Router
from bot.touch.policy import Refuse

__all__ = [
    "CHANNELS",
    "BotError",
    "Channel",
    "ChatEntered",
    "Context",
    "CustomerAdded",
    "DeliveryFailed",
    "Event",
    "Key",
    "MessageReceived",
    "Refuse",
    "Router",
    "SendFailed",
    "SessionEntered",
    "Texts",
    "TransferFailed",
    "events",
    "has_text",
    "in_group",
    "on_channel",
]
