"""Huashu (话术): what an application may use. Everything else is the engine's own business."""

from bot.context import Context
from bot.desk import Key
from bot.errors import BotError
from bot.events import (
    Channel,
    ChatEntered,
    CustomerAdded,
    CustomerLost,
    DeliveryFailed,
    Event,
    MassDue,
    MessageReceived,
    SendFailed,
    SessionChanged,
    SessionEntered,
    TransferFailed,
)
from bot.filters import Texts, has_text, in_group
from bot.routing import Router
from bot.touch.policy import Refuse

__all__ = [
    "BotError",
    "Channel",
    "ChatEntered",
    "Context",
    "CustomerAdded",
    "CustomerLost",
    "DeliveryFailed",
    "Event",
    "Key",
    "MassDue",
    "MessageReceived",
    "Refuse",
    "Router",
    "SendFailed",
    "SessionChanged",
    "SessionEntered",
    "Texts",
    "TransferFailed",
    "has_text",
    "in_group",
]
