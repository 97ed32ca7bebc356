"""Whether anybody could ever fulfil a condition.

It is expanded into cases (one OR of ANDs), and a case that both wants and excludes the same thing
is dropped. What is too large to expand is taken as possible.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product

from bot.plans.condition import (
    AddedBefore,
    AddedWithin,
    All,
    Any,
    BornIn,
    Friends,
    HeardWithin,
    Node,
    Not,
    OneOf,
    SilentFor,
)

_MOST = 4096  # cases
_Literal = tuple[Node, bool]  # a condition, and whether it has to hold
_MONTHS = frozenset(range(1, 13))


def possible(node: Node) -> bool:
    """False: whoever they are, nobody fulfils it."""
    return any(_consistent(case) for case in _cases(node, wanted=True))


def _cases(node: Node, *, wanted: bool) -> list[tuple[_Literal, ...]]:
    match node:
        case Not(part):
            return _cases(part, wanted=not wanted)
        case All(parts) | Any(parts):
            inner = [_cases(part, wanted=wanted) for part in parts]
            if isinstance(node, Any) == wanted:
                return [case for cases in inner for case in cases]
            return _crossed(inner)
    return [((node, wanted),)]


def _crossed(inner: list[list[tuple[_Literal, ...]]]) -> list[tuple[_Literal, ...]]:
    number = 1
    for cases in inner:
        number *= len(cases)
    if number > _MOST:
        return [()]
    return [tuple(one for case in chosen for one in case) for chosen in product(*inner)]


def _consistent(case: tuple[_Literal, ...]) -> bool:
    return all(check(case) for check in (_same, _values, _months, _days, _friends))


def _same(case: tuple[_Literal, ...]) -> bool:
    return not any((node, not wanted) in case for node, wanted in case)


def _values(case: tuple[_Literal, ...]) -> bool:
    """Tags are many, but a customer has one stage, one source, one member and one store."""
    left: dict[str, frozenset[str]] = {}
    barred: dict[str, set[str]] = defaultdict(set)
    for node, wanted in case:
        if isinstance(node, OneOf) and wanted:
            values = frozenset(node.values)
            left[node.field] = left.get(node.field, values) & values
        elif isinstance(node, OneOf):
            barred[node.field].update(node.values)
    return all(values - barred[name] for name, values in left.items())


def _months(case: tuple[_Literal, ...]) -> bool:
    left = _MONTHS
    for node, wanted in case:
        if isinstance(node, BornIn) and 0 not in node.months and wanted:
            left &= frozenset(node.months)
    return bool(left)


def _days(case: tuple[_Literal, ...]) -> bool:
    """Days since they were added, and since they wrote, as intervals."""
    added_most = min(_of(case, AddedWithin), default=None)
    heard_most = min(_of(case, HeardWithin), default=None)
    silent = max(_of(case, SilentFor), default=None)
    added_least = max(
        (*_of(case, AddedBefore), *(() if silent is None else (silent,))), default=None
    )
    if added_most is not None and added_least is not None and added_least >= added_most:
        return False
    return heard_most is None or silent is None or silent < heard_most


def _of(
    case: tuple[_Literal, ...], kind: type[AddedWithin | AddedBefore | HeardWithin | SilentFor]
) -> Iterator[int]:
    return (node.days for node, wanted in case if wanted and isinstance(node, kind))


def _friends(case: tuple[_Literal, ...]) -> bool:
    least = max((n.least for n, wanted in case if wanted and isinstance(n, Friends)), default=0)
    return least < min((n.least for n, w in case if not w and isinstance(n, Friends)), default=1e9)
