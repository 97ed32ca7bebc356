"""Routers: the first that wants an event gets it, and mistakes show at registration, not at
night."""

from typing import Any

import pytest

from bot import (
    Channel,
    Context,
    CustomerAdded,
    MessageReceived,
    Router,
    Texts,
    has_text,
    on_channel,
)
from bot.clock import ManualClock
from bot.events import Event
from bot.routing import Routes
from tests.engine import added, asked

CLOCK = ManualClock()


def test_the_first_router_that_wants_an_event_gets_it() -> None:
    first, second = Router("first"), Router("second")

    @first.on(MessageReceived, Texts("退款"))
    async def refund(event: MessageReceived, context: Context) -> None: ...

    @second.on(MessageReceived, has_text)
    async def anything(event: MessageReceived, context: Context) -> None: ...

    @second.on(CustomerAdded)
    async def welcome(event: CustomerAdded, context: Context) -> None: ...

    routes = Routes([first, second])

    def name(event: Event) -> str | None:
        route = routes.find(event)
        return route.name if route else None

    assert name(asked(1, " 退款 ", CLOCK)) == "first.refund"
    assert name(asked(1, "退货", CLOCK)) == "second.anything"
    assert name(asked(1, "", CLOCK)) is None
    assert name(added(1, CLOCK)) == "second.welcome"
    reverse = Routes([second, first])
    found = reverse.find(asked(1, "退款", CLOCK))
    assert found is not None
    assert found.name == "second.anything"


async def _waits(event: MessageReceived) -> bool:
    return True


def _two(event: MessageReceived, context: Context) -> bool:
    return True


@pytest.mark.parametrize(
    ("kind", "filters", "told"),
    [
        (Event, (), "Event is no kind of event"),
        ("MessageReceived", (), "'MessageReceived' is no kind of event"),
        (_two, (), "_two is no kind of event"),  # @router.on without its brackets
        (MessageReceived, ("目录",), r"write Texts\('目录'\)"),
        (MessageReceived, (Texts,), "Texts is no filter"),
        (MessageReceived, (has_text, True), "True is no filter"),
        (MessageReceived, (_waits,), "_waits is a filter and must be written `def`"),
        (MessageReceived, (on_channel,), r"on_channel makes a filter: write on_channel\(…\)"),
        (MessageReceived, (_two,), r"_two is a filter and must take \(event\)"),
    ],
)
def test_a_mistake_in_what_a_handler_wants_is_refused_at_once(
    kind: Any, filters: tuple[Any, ...], told: str
) -> None:
    """Once it was found by nobody, or failed at each message: every customer got a person."""
    with pytest.raises(TypeError, match=told):
        Router("r").on(kind, *filters)


def test_what_cannot_be_a_handler_is_refused_at_once() -> None:
    router = Router("r")

    def not_async(event: MessageReceived, context: Context) -> None: ...

    async def one_argument(event: MessageReceived) -> None: ...

    with pytest.raises(TypeError, match="async def"):
        router.on(MessageReceived)(not_async)  # type: ignore[arg-type]  # the mistake on trial
    with pytest.raises(TypeError, match=r"\(event, context\)"):
        router.on(MessageReceived)(one_argument)  # type: ignore[arg-type]  # the mistake on trial


def test_a_context_by_name_alone_was_taken_and_failed_at_each_event() -> None:
    async def handle(event: MessageReceived, *, context: Context) -> None: ...

    with pytest.raises(TypeError, match=r"handle must take \(event, context\)"):
        Router("r").on(MessageReceived)(handle)  # type: ignore[arg-type]  # the mistake on trial


def test_a_channel_that_there_is_not_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="wechat"):
        on_channel("wechat")  # type: ignore[arg-type]  # the mistake on trial


def test_filters_of_any_kind_of_function_are_taken() -> None:
    class Long:
        def __call__(self, event: MessageReceived, /) -> bool:
            return True

    router = Router("r")

    @router.on(MessageReceived, lambda event: True, Long(), has_text, on_channel(Channel.KF))
    async def handle(event: MessageReceived, context: Context) -> None: ...

    assert len(router.routes) == 1
