"""Finds the variables that a template prints without other words for when they are empty."""

from collections.abc import Iterator

from jinja2 import nodes

from bot.scripts.templates import Sandbox, attribute_of


def unguarded(source: str) -> list[str]:
    """Which variables `source`, a template that parses, prints as they are: "customer.name".

    A variable is guarded, and left out, inside `or`, `and`, `if` or default(…, true) that look at
    it, and where it is given to a macro.
    """
    tree = Sandbox().parse(source)
    return list(dict.fromkeys(_printed(tree, frozenset())))


def _printed(node: nodes.Node, safe: frozenset[str]) -> Iterator[str]:
    """The variables that `node` prints, without those in `safe`."""
    match node:
        case nodes.Getattr() | nodes.Getitem() | nodes.Name() if name := _path(node):
            if name not in safe:
                yield name
        case nodes.Assign() | nodes.AssignBlock() | nodes.Macro() | nodes.Test():
            return
        case nodes.Call():
            return  # a macro has to guard what it is given
        case nodes.Or(left=left, right=right):
            yield from _printed(left, safe | _read(left))
            yield from _printed(right, safe)
        case nodes.And(left=left, right=right):
            yield from _printed(right, safe | _read(left))
        case nodes.Filter(node=inner, name="default" | "d", args=[_, nodes.Const(value=True)]):
            yield from _printed(inner, safe | _read(inner)) if inner else ()
        case nodes.CondExpr(test=test, expr1=then, expr2=other):
            yield from _printed(then, safe | _read(test))
            if other:
                yield from _printed(other, safe | _read(test))
        case nodes.If(test=test, body=body, elif_=others, else_=otherwise):
            for child in (*body, *others, *otherwise):
                yield from _printed(child, safe | _read(test))
        case nodes.For(iter=_, body=body, else_=otherwise):
            for child in (*body, *otherwise):
                yield from _printed(child, safe)
        case _:
            for child in node.iter_child_nodes():
                yield from _printed(child, safe)


def _read(node: nodes.Node) -> frozenset[str]:
    """All variables that `node` reads."""
    found = (node, *node.find_all((nodes.Getattr, nodes.Getitem, nodes.Name)))
    return frozenset(name for one in found if (name := _path(one)))


def _path(node: nodes.Node) -> str:
    """The variable that `node` is, as "customer.name" or "customer.fields.size"; "": none."""
    match node:
        case nodes.Name(name=name):
            return str(name)
        case nodes.Getattr(node=nodes.Name(name=owner), attr=attribute):
            return f"{owner}.{attribute}"
        case nodes.Getitem(node=nodes.Name(name=owner), arg=nodes.Const(value=str(attribute))):
            return f"{owner}.{attribute}"
        case nodes.Getattr(node=nodes.Getattr() | nodes.Getitem() as inner):
            pass
        case nodes.Getitem(node=nodes.Getattr() | nodes.Getitem() as inner):
            pass
        case _:
            return ""
    part, owner = attribute_of(node), _path(inner)
    return f"{owner}.{part}" if part and owner == "customer.fields" else ""
