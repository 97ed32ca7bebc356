"""Divides words in which only variables are filled in, as in most scripts, into parts and gaps.

Such words need no template of Jinja, which is a Python module: a millisecond to make, kilobytes to
keep, and never in the processor's cache when it is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import nodes


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a variable is filled in, or `otherwise` if it is empty."""

    name: str
    attribute: str = ""  # "": it is a plain value
    otherwise: str | None = None


Parts = tuple[str | Gap, ...]


def parts_of(
    tree: nodes.Template, variables: Mapping[str, tuple[str, str]], shared: object
) -> Parts | None:
    """The words of `tree` and the gaps between them; None: there is more in it.

    Args:
        variables: (name, attribute) of each, by what it is called in `tree`.
        shared: has the phrases that all scripts share; they are words like any other.
    """
    parts: list[str | Gap] = []
    for output in tree.body:
        for node in output.nodes if isinstance(output, nodes.Output) else (output,):
            part = _part(node, variables, shared)
            if part is None:
                return None
            parts.append(part)
    return tuple(parts)


def _part(
    node: nodes.Node, variables: Mapping[str, tuple[str, str]], shared: object
) -> str | Gap | None:
    match node:
        case nodes.TemplateData(data=str(words)):
            return words
        case nodes.Getattr(node=nodes.Name(name="shared"), attr=str(name)) if name[0] != "_":
            phrase = getattr(shared, name, None)  # a macro is none
            return phrase if isinstance(phrase, str) else None
        case nodes.Name(name=name) if name in variables:
            return Gap(*variables[name])
        case nodes.Or(left=nodes.Name(name=name), right=nodes.Const(value=str(words))):
            return Gap(*variables[name], words) if name in variables else None
    return None
