"""Slips in a company's handlers that Python lets pass and customers would meet."""

import ast
from collections.abc import Collection, Iterator, Sequence
from inspect import iscoroutinefunction
from pathlib import Path

from bot.context import Context
from bot.errors import Complaint
from bot.filters import has_text
from bot.routing import Route, Router
from bot.workspace.sources import sources

_WAITED = frozenset(name for name, one in vars(Context).items() if iscoroutinefunction(one))
_TAKE_IDS = frozenset({"say", "words", "own", "recall"})


def slips(
    root: Path, package: str, routers: Sequence[Router], scripts: Collection[str] | None
) -> Iterator[Complaint]:
    """
    Args:
        package: that of the handlers, which can be imported.
        scripts: the ids that there are; None = nobody knows.
    """
    named = {router.name for router in routers}
    for file, tree in sources(root, package):
        for node in ast.walk(tree):
            if told := _slip(node, named, scripts):
                yield Complaint(file, f"line {getattr(node, 'lineno', 0)}", *told)
    yield from _never_asked(routers, f"{package.replace('.', '/')}/__init__.py")


def _slip(
    node: ast.AST, named: Collection[str], scripts: Collection[str] | None
) -> tuple[str, str] | None:
    """Problem and cure."""
    match node:
        case ast.Assign(
            value=ast.Call(func=ast.Name(id="Router"), args=[ast.Constant(value=str(name))])
        ) if name not in named:
            return f"the router {name!r} is not in `routers`", "Name it in __init__.py"
        case ast.AsyncFunctionDef(
            decorator_list=[ast.Call(func=ast.Attribute(attr="on")), *_], name=name, body=body
        ) if any(map(_returns_words, body)):
            return f"{name} returns words, which nobody reads", "Say them: await context.say(…)"
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id="context"), attr=verb))
        ) if verb in _WAITED:
            return f"context.{verb}(…) does nothing without await", "Write await before it"
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="context"), attr=verb), args=[*ids]
        ) if verb in _TAKE_IDS and scripts is not None:
            for one in ids:
                match one:
                    case ast.Constant(value=str(script)) if script not in scripts:
                        return f"unknown script: {script}", "Write the id of one"
    return None


def _returns_words(node: ast.AST) -> bool:
    match node:
        case ast.Return(value=ast.Constant(value=str()) | ast.JoinedStr()):
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return False
    return any(map(_returns_words, ast.iter_child_nodes(node)))


def _never_asked(routers: Sequence[Router], file: str) -> Iterator[Complaint]:
    """Handlers that never get an event, because an earlier one takes all that they want."""
    before: list[Route] = []
    for route in (route for router in routers for route in router.routes):
        if taker := next((one for one in before if _takes_all_of(one, route)), None):
            problem = (
                f"is never asked: {taker.name} takes each {route.kind.__name__} it wants before it"
            )
            yield Complaint(file, route.name, problem, "Name its router further in front")
        before.append(route)


def _takes_all_of(one: Route, other: Route) -> bool:
    if one.kind is not other.kind:
        return False
    if one.texts is not None and (other.texts is None or not other.texts <= one.texts):
        return False
    held = [*other.filters, *([has_text] if other.texts and all(other.texts) else ())]
    return all(wants in held for wants in one.filters)
