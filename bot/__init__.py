"""Huashu (话术): what an application may use. Everything else is the engine's own business.

`events` has all kinds of them; those that nearly every application handles are here by name. Each
is imported when somebody asks for it: a command need not wait for the whole engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
_ELSEWHERE = {  # not in events
    "CHANNELS": "desk", "BotError": "errors", "Context": "context", "Key": "desk",
    "Refuse": "touch.policy", "Router": "routing", "Texts": "filters", "has_text": "filters",
    "in_group": "filters", "on_channel": "filters",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"bot has no {name}; see bot.__all__")
    if name == "events":
        return import_module("bot.events")
    return getattr(import_module(f"bot.{_ELSEWHERE.get(name, 'events')}"), name)


def __dir__() -> list[str]:
    return __all__
