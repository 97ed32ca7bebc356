"""What a template may hold, checked once when it is read, so that rendering it is cheap and ends
soon.

Any member may write scripts, and they are rendered in the event loop. What could grow without
limit is refused by its form. During rendering, loops check how often they turn, three filters how
much they are about to make (`filters_of`), and the renderer how much came out: at the end, or as
it comes if there is more than variables (`is_plain`).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from jinja2 import Environment, TemplateError, nodes, pass_environment
from jinja2.exceptions import SecurityError

LONGEST_LOOP = 100
LONGEST = 20_480  # characters of what is rendered; the largest message carries as many bytes
MOST_REPEATED = 100
_MOST_DIGITS = 15
_STRANGE_SIGNS = re.compile("[\0\ud800-\udfff]")  # which no message and no database can carry
_DATE = re.compile(r"(?:[^%]|%[YmdHMSjAaBbp%])*")  # what now.strftime may be asked for

_PLAIN = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const),
    *(nodes.Getattr, nodes.Getitem, nodes.Or, nodes.Not, nodes.If),
)
_STRANGE = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
_NEVER = (nodes.With, nodes.Dict, nodes.EvalContextModifier, nodes.CallBlock)
_BESIDE = (  # what a {% set %} may put beside another one
    *(nodes.Name, nodes.Const, nodes.TemplateData, nodes.Getattr, nodes.Concat, nodes.Or),
    *(nodes.CondExpr, nodes.Not),
)
_HOLDS_LISTS = (nodes.For, nodes.Operand)
_TAKES_LISTS = frozenset({"join", "first", "last", "length"})


class Unbounded(TemplateError):
    """A template holds something forbidden; `cure` says what to write instead."""

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(problem)
        self.cure = cure


def is_plain(tree: nodes.Template) -> bool:
    """Whether there are only words and variables, as in most."""
    return all(isinstance(node, _PLAIN) for node in tree.find_all(nodes.Node))


def check_plain(tree: nodes.Template) -> None:
    """Check a script that any member may write: only {{ name.attribute or 'words' }} and
    {% if name.attribute %} may be in it.

    Raises:
        Unbounded: it holds anything else.
    """
    looked_up = tree.find_all((nodes.Getattr, nodes.Getitem))
    whole = all(isinstance(one, nodes.Getattr | nodes.Getitem) and _path(one) for one in looked_up)
    if not (is_plain(tree) and whole):
        _refuse("only variables may stand in braces here", "Write {{ name.attribute or '…' }}")


def check_signs(tree: nodes.Template) -> None:
    """Refuse what only an escape such as '\\ud800' can write.

    Raises:
        Unbounded: it does.
    """
    for one in tree.find_all(nodes.Const):
        if isinstance(one.value, str) and _STRANGE_SIGNS.search(one.value):
            _refuse("half a sign, or none, stands in quotes", "Write the sign itself")


def check_bounds(tree: nodes.Template) -> None:
    """Check a script of the company, or the shared phrases, and have its loops count their turns.

    Raises:
        Unbounded: it calls what is no macro, or may grow without measure.
    """
    if is_plain(tree):
        return
    for node in tree.find_all(nodes.Node):
        if isinstance(node, _STRANGE):
            problem = "a script cannot read other files; put the phrase into _shared.jinja"
            _refuse(problem, "Take it out")
        if isinstance(node, _NEVER):
            _refuse(f"a script has no {type(node).__name__}", "Take it out")
    macros = {node.name: node for node in tree.find_all(nodes.Macro)}
    _check_names(tree, macros)
    _check_lists(tree)
    calls = [*tree.find_all(nodes.Call)]
    for call in calls:
        _check_call(call, macros)
    _check_steps(tree, macros, calls)
    kept = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
    kept -= _fixed(tree)
    for node in tree.find_all(nodes.Stmt):
        _check_statement(node, kept)
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, "few", [], [], None, None, lineno=loop.lineno)
    if tree.environment:
        tree.set_environment(tree.environment)


def _check_names(tree: nodes.Template, macros: Iterable[str]) -> None:
    """Refuse a template that redefines a name of ours or of a macro: no call may be a trap."""
    given = {"range", "shared", "now"}
    kept = [name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"]
    for name in (*kept, *macros):
        if name in given or (name in macros and name in kept):
            _refuse(f"the name {name} is taken", "Choose another name")


def _check_lists(tree: nodes.Template) -> None:
    """Refuse lists where text belongs: printed as text, a list quotes its items, and each nesting
    doubles the quotes."""
    for node in tree.find_all(nodes.Node):
        takes = isinstance(node, _HOLDS_LISTS) or (
            isinstance(node, nodes.Filter) and node.name in _TAKES_LISTS
        )
        target = node.target if isinstance(node, nodes.For | nodes.Assign) else None
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.List | nodes.Tuple) and not takes and child is not target:
                _refuse("a list stands where text belongs", "Write … | join('、')")


def _check_steps(
    tree: nodes.Template, macros: Mapping[str, nodes.Macro], calls: Sequence[nodes.Call]
) -> None:
    """Refuse loops and macros that hold so much that repeating it takes seconds, for everybody."""
    loops = sum(
        _steps(part) for loop in tree.find_all(nodes.For) for part in loop.iter_child_nodes()
    )
    if max(loops, len(calls), *map(_steps, macros.values()), 0) > MOST_REPEATED:
        _refuse(f"loops or macros hold over {MOST_REPEATED} steps", "Write less into them")


def _steps(node: nodes.Node) -> int:
    return sum(isinstance(one, nodes.Expr) for one in _all(node))


def _check_call(call: nodes.Call, macros: Mapping[str, nodes.Macro]) -> None:
    if call.dyn_args or call.dyn_kwargs:
        _refuse("a call takes no * or **", "Write what it is given one by one")
    match call.node:
        case nodes.Name(name="range"):
            return
        case nodes.Name(name=name) if name in macros:
            pass
        case nodes.Getattr(node=nodes.Name(name="shared")):
            pass
        case nodes.Getattr(node=nodes.Name(name="now"), attr="strftime"):
            match call.args:
                case [nodes.Const(value=str(text))] if not call.kwargs and _DATE.fullmatch(text):
                    return
            _refuse("now.strftime takes a text such as '%m-%d'", "Write now.month, now.day")
        case _:
            _refuse("a script calls macros only", "Use a filter: {{ question | trim }}")
    for given in (*call.args, *call.kwargs):
        if any(_calls(given)):
            _refuse("a macro is given what another one has made", "Write one macro for both")


def _check_statement(node: nodes.Node, kept: set[str]) -> None:
    match node:
        case nodes.For():
            inside = (*node.body, *node.else_, *([node.test] if node.test else ()))
            if any(isinstance(one, nodes.For) for part in inside for one in _all(part)):
                _refuse("a loop stands in a loop", "Write one loop")
            if any(not _is_range(call) for part in inside for call in _calls(part)):
                _refuse("a macro is called in a loop", "Write its words into the loop")
        case nodes.Macro():
            if any(not _is_range(call) for call in node.find_all(nodes.Call)):
                _refuse("a macro calls another one", "Write the words of both into one")
            if any(node.find_all(nodes.For)):
                _refuse("a macro holds a loop", "Write the loop where the macro is called")
            if not all(isinstance(one, nodes.Const) for one in node.defaults):
                _refuse("a default of a macro is no plain value", "Write {{ name or '…' }} in it")
        case nodes.AssignBlock():
            if any(node.find_all((nodes.For, nodes.Call))) or _reads(node, kept):
                _refuse("{% set %} around what grows", "Write the words where they are used")
        case nodes.Assign(node=value):
            _check_set(value, kept)


def _check_set(value: nodes.Node, kept: set[str]) -> None:
    """Refuse a {% set %} that uses another composed one and adds words to it: doubling it again
    and again makes text without end."""
    read = _reads(value, kept)
    if read and (len(read) > 1 or any(not isinstance(one, _BESIDE) for one in _all(value))):
        _refuse("{% set %} takes more than one other", "Write the words where they are used")


def _fixed(tree: nodes.Template) -> set[str]:
    """Names that are set to plain words, and to nothing else."""
    words = [
        one.target for one in tree.find_all(nodes.Assign) if isinstance(one.node, nodes.Const)
    ]
    plain = [id(name) for name in words]
    every = [name for name in tree.find_all(nodes.Name) if name.ctx == "store"]
    return {name.name for name in every} - {one.name for one in every if id(one) not in plain}


def _reads(node: nodes.Node, kept: set[str]) -> list[str]:
    return [
        one.name
        for one in _all(node)
        if isinstance(one, nodes.Name) and one.ctx == "load" and one.name in kept
    ]


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    yield from node.find_all(nodes.Node)


def _calls(node: nodes.Node) -> Iterator[nodes.Call]:
    return (one for one in _all(node) if isinstance(one, nodes.Call))


def _is_range(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name == "range"


def _path(node: nodes.Getattr | nodes.Getitem) -> bool:
    """Whether it is `name.attribute` or `customer.fields.attribute`, known before rendering."""
    if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const):
        return False
    return isinstance(node.node, nodes.Name) or (
        isinstance(node.node, nodes.Getattr)
        and node.node.attr == "fields"
        and isinstance(node.node.node, nodes.Name)
    )


def _refuse(problem: str, cure: str) -> NoReturn:
    raise Unbounded(problem, cure)


def filters_of(filters: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Jinja's filters that can make much out of little, changed so that they measure first; and
    `few`, through which loops go."""
    plain_round = filters["round"]

    def round_(value: float, precision: int = 0, method: str = "common") -> Any:
        if abs(precision) > _MOST_DIGITS:
            raise SecurityError(f"a script rounds to {_MOST_DIGITS} digits at most")
        return plain_round(value, precision, method)

    ordered = {name: _of_few(filters[name]) for name in ("sort", "unique")}
    return {"join": _join, "replace": _replace, "round": round_, "few": _few, **ordered}


def _of_few(plain: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, for no more items than a loop may have: a text has thousands of signs."""

    @pass_environment
    def filter_(environment: Environment, items: Iterable[object], *args: Any, **more: Any) -> Any:
        return plain(environment, _few(items), *args, **more)

    return filter_


def _join(value: Iterable[object], d: str = "") -> str:
    texts = [str(item) for item in value]
    _measure(sum(map(len, texts)) + len(str(d)) * len(texts))
    return str(d).join(texts)


def _replace(s: object, old: object, new: object, count: int | None = None) -> str:
    text, old, new = str(s), str(old), str(new)
    _measure(len(text) + text.count(old) * len(new))
    return text.replace(old, new, -1 if count is None else count)


def _few(items: Iterable[object]) -> list[object]:
    """The items that a loop goes through, if they are not too many."""
    few = [*items]
    if len(few) > LONGEST_LOOP:
        raise SecurityError(f"a script loops {LONGEST_LOOP} times at most")
    return few


def _measure(characters: int) -> None:
    if characters > LONGEST:
        raise SecurityError(f"a script makes {LONGEST} characters at most")
