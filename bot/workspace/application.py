"""The application in a workspace's handlers/: imported, checked, and its services opened."""

import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from inspect import isasyncgenfunction, iscoroutinefunction
from pathlib import Path
from typing import Any

from bot.desk import Key
from bot.errors import ConfigError
from bot.routing import Middleware, Router
from bot.workspace.mistakes import mistake, no_middlewares, no_routers, no_services


@asynccontextmanager
async def nothing() -> AsyncIterator[Mapping[Key[Any], Any]]:
    yield {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What a workspace provides.

    `services` opens what handlers reach by `context[KEY]`: an async context manager that yields
    a mapping of keys to services and closes them afterwards.
    """

    routers: Sequence[Router]
    middlewares: Sequence[Middleware] = ()
    services: Callable[[], AbstractAsyncContextManager[Mapping[Key[Any], Any]]] = nothing


def load_application(root: Path, name: str) -> Application:
    """Import the workspace's application.

    `name` is "package:name" of the routers; `middlewares` and `services` of the same package are
    taken too if they are there.

    Raises:
        ConfigError: there is no such package or name, it holds something else, or its code fails;
            names the file and the line.
    """
    package, _, attribute = name.partition(":")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    try:
        module = import_module(package)
    except ConfigError:
        raise
    except (Exception, SystemExit) as error:  # of any kind: the company's own code has run
        raise ConfigError([mistake(error, root, package)]) from error
    routers = getattr(module, attribute, None)
    if (
        not isinstance(routers, Sequence)
        or not routers
        or not all(isinstance(router, Router) for router in routers)
    ):
        raise ConfigError([no_routers(root, package, attribute, there=routers is not None)])
    middlewares = getattr(module, "middlewares", ())
    services = getattr(module, "services", nothing)
    complaints = [*no_middlewares(root, package, middlewares)]
    if not callable(services) or isasyncgenfunction(services) or iscoroutinefunction(services):
        complaints.append(no_services(root, package))
    if complaints:
        raise ConfigError(complaints)
    return Application(routers=tuple(routers), middlewares=tuple(middlewares), services=services)


@asynccontextmanager
async def serving(
    application: Application, root: Path, name: str
) -> AsyncIterator[Mapping[Key[Any], Any]]:
    """What `services` yields.

    Args:
        name: as of `load_application`.

    Raises:
        ConfigError: it yields something else, or its code fails.
    """
    package = name.partition(":")[0]
    async with AsyncExitStack() as stack:
        try:
            manager = application.services()
            services = (
                await stack.enter_async_context(manager)
                if isinstance(manager, AbstractAsyncContextManager)
                else None
            )
        except Exception as error:
            raise ConfigError([mistake(error, root, package)]) from error
        if not isinstance(services, Mapping) or not all(isinstance(key, Key) for key in services):
            raise ConfigError([no_services(root, package)])
        yield services
