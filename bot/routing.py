"""Routers: which handler deals with an event."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, get_origin

from bot.events import Event, MessageReceived

if TYPE_CHECKING:
    from bot.context import Context

E = TypeVar("E", bound=Event)
E_contra = TypeVar("E_contra", bound=Event, contravariant=True)

Handler = Callable[[E, "Context"], Awaitable[None]]
Next = Callable[[], Awaitable[bool]]


class Filter(Protocol[E_contra]):
    """Whether a handler wants this event; pure. Filters for exact texts name them in `texts`, so
    that the router can look them up instead of asking each."""

    def __call__(self, event: E_contra, /) -> bool: ...


class Middleware(Protocol):
    """Wraps every handler; returns whether the event was handled. To stop it, do not call
    `proceed`."""

    async def __call__(self, event: Event, context: "Context", proceed: Next, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Route:
    kind: type[Event]
    filters: tuple[Callable[[Any], bool], ...]
    handle: Callable[[Any, "Context"], Awaitable[None]]
    name: str  # "faq.answer", for explanations
    texts: frozenset[str] | None = None  # only these texts, folded

    def wants(self, event: Event) -> bool:
        return all(wants(event) for wants in self.filters)


class Router:
    """Handlers of one story, in order of precedence.

    Args:
        name: shown in explanations and logs.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.routes: list[Route] = []

    def on(self, kind: type[E], *filters: Filter[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Register `async (event, context) -> None` for events of `kind`.

        Raises:
            TypeError: at once, if the function cannot be a handler, `kind` no kind of event, or
                a filter none.
        """
        check_kind(kind)
        for one in filters:
            check_filter(one)

        def decorate(handler: Handler[E]) -> Handler[E]:
            check_handler(handler)
            self.routes.append(
                Route(
                    kind=kind,
                    filters=tuple(f for f in filters if not hasattr(f, "texts")),
                    handle=handler,
                    name=f"{self.name}.{handler.__name__}",
                    texts=texts_of(filters),
                )
            )
            return handler

        return decorate


def check_kind(kind: object) -> None:
    """Refuse `Event` itself: events are looked up by their own kind, so it would never match."""
    if not isinstance(kind, type) or not issubclass(kind, Event) or kind is Event:
        raise TypeError(f"{_name(kind)} is no kind of event: write @router.on(MessageReceived)")


def check_filter(one: object) -> None:
    """Refuse what is no filter: it would fail, or say yes, at each event."""
    if isinstance(one, str):
        raise TypeError(f"{one!r} is no filter: write Texts({one!r})")
    if not callable(one) or isinstance(one, type):
        raise TypeError(f"{_name(one)} is no filter: that is a function of the event, or Texts(…)")
    if inspect.iscoroutinefunction(one):
        raise TypeError(f"{_name(one)} is a filter and must be written `def`")
    try:
        takes = inspect.signature(one)
        takes.bind(None)
    except ValueError:  # written in C, and does not tell its parameters
        return
    except TypeError:
        raise TypeError(f"{_name(one)} is a filter and must take (event)") from None
    if get_origin(takes.return_annotation) is Callable:  # like on_channel without its Channel.KF
        raise TypeError(f"{_name(one)} makes a filter: write {_name(one)}(…)")


def _name(one: object) -> str:
    return getattr(one, "__qualname__", repr(one))


def check_handler(handler: Callable[..., Any]) -> None:
    name = _name(handler)
    if not inspect.iscoroutinefunction(handler):
        raise TypeError(f"{name} must be written `async def`")
    takes = [one.kind for one in inspect.signature(handler).parameters.values()]
    if len(takes) != 2 or inspect.Parameter.KEYWORD_ONLY in takes:
        raise TypeError(f"{name} must take (event, context)")


def texts_of(filters: Iterable[Any]) -> frozenset[str] | None:
    named = [frozenset(f.texts) for f in filters if hasattr(f, "texts")]
    return frozenset.intersection(*named) if named else None


@dataclass(slots=True)
class Index:
    """Routes for one kind of event: those for exact texts by text, the rest in order."""

    exact: dict[str, list[tuple[int, Route]]] = field(default_factory=dict)
    others: list[tuple[int, Route]] = field(default_factory=list)

    def candidates(self, text: str | None) -> Sequence[tuple[int, Route]]:
        named = self.exact.get(text) if text is not None and self.exact else None
        if not named:
            return self.others
        return sorted([*named, *self.others], key=lambda item: item[0])


class Routes:
    """All routers as one table: the cost of a look-up does not grow with exact texts."""

    def __init__(self, routers: Sequence[Router]) -> None:
        self._index: dict[type[Event], Index] = {}
        for order, route in enumerate(route for router in routers for route in router.routes):
            index = self._index.setdefault(route.kind, Index())
            if route.texts is None:
                index.others.append((order, route))
            else:
                for text in route.texts:
                    index.exact.setdefault(text, []).append((order, route))

    def find(self, event: Event) -> Route | None:
        """The first handler in order of precedence that wants `event`."""
        index = self._index.get(type(event))
        if index is None:
            return None
        text = fold(event.text) if isinstance(event, MessageReceived) and index.exact else None
        for _, route in index.candidates(text):
            if route.wants(event):
                return route
        return None


def fold(text: str) -> str:
    return text.strip().casefold()
