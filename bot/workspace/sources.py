"""The source of a company's handlers, and which scripts they say by name, as far as that shows."""

import ast
from collections.abc import Iterator, Set
from pathlib import Path

from bot.files.naming import Named


def sources(root: Path, package: str) -> Iterator[tuple[str, ast.Module]]:
    """Each file of `package` that can be parsed, by its path in the workspace `root`; none of a
    package that is installed elsewhere."""
    place = root.joinpath(*package.split("."))
    for path in (*sorted(place.rglob("*.py")), place.with_suffix(".py")):
        if path.is_file():
            try:
                tree = ast.parse(path.read_bytes())
            except (SyntaxError, ValueError):  # somebody is editing it; `huashu check` tells
                continue
            yield path.relative_to(root).as_posix(), tree


def said_in(root: Path, package: str) -> Iterator[Named]:
    """Texts that may be a script that is said: any, except those that are compared with something,
    and names that are first looked up: `if SCRIPT in context.library`."""
    for file, tree in sources(root, package):
        asked = {
            node.left.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name)
            and any(getattr(one, "attr", "") == "library" for one in node.comparators)
        }  # fmt: skip
        for text in _texts(tree, asked):
            yield Named(file, f"line {text.lineno}", str(text.value))


def _texts(node: ast.AST, asked: Set[str]) -> Iterator[ast.Constant]:
    match node:
        case ast.Constant(value=str()):
            yield node
        case ast.Compare():
            return
        case ast.Assign(targets=targets) if asked & {
            one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)
        }:
            return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child, asked)
