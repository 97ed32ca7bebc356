"""The sandbox for templates of scripts. They are compiled when they are read: it takes
milliseconds."""

import re
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from typing import Any, TypeGuard

from jinja2 import StrictUndefined, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from bot.scripts.bounds import (
    LONGEST,
    LONGEST_LOOP,
    Unbounded,
    check_bounds,
    check_plain,
    check_signs,
    filters_of,
    is_plain,
)
from bot.scripts.gaps import parts_of
from bot.scripts.script import Variant

# Variable → its attributes; without any it is a plain value. One that ends with … stands for all
# that begin so: which fields there are is the company's to say, and bot/scripts/checks/fields.py
# looks. These are there for every script…
VARIABLES: Mapping[str, frozenset[str]] = {
    "customer": frozenset({"name", "tags", "fields.…"}),
    "member": frozenset({"name"}),
    "company": frozenset({"name", "phone", "address", "hours", "site"}),
    "store": frozenset(  # of the member who speaks (bot/stores/store.py); "" where not known
        {"id", "name", "city", "address", "phone", "hours", "manager", "parking", "transport"}
        | {"offer", "link", "extra", "tone"}
    ),
    "now": frozenset(),
    "question": frozenset(),
    "persona": frozenset(),
}
# …and these for category "system" only.
SYSTEM_VARIABLES: Mapping[str, frozenset[str]] = {
    # Fields of the customer are not there for these; colleagues are told the whole nickname.
    "customer": frozenset({"name", "nickname", "tags"}),
    "words": frozenset(),
    "why": frozenset(),
    "titles": frozenset(),
    "invite": frozenset({"link", "title", "until"}),  # a customer's own code (老带新)
}
SAMPLE_INVITE = {"link": "链接", "title": "老带新", "until": "月底"}  # no date that passes
FIELDS = "fields."  # {{ customer.fields.size }}: what is known of them (bot/profile/)
_FILTERS = (
    *("abs", "d", "default", "first", "float", "int", "join", "last", "length", "lower"),
    *("replace", "round", "sort", "string", "trim", "truncate", "unique", "upper"),
)


_NEWLINE = re.compile(r"\r\n?")


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which only numbers can be multiplied; bounds.py refuses other things."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
        )
        self.globals = {"range": _short_range}
        usual = {name: self.filters[name] for name in _FILTERS}
        self.filters = usual | filters_of(usual)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not all(isinstance(side, int | float) for side in (left, right)):
            raise SecurityError("only numbers are multiplied in a script")
        return left * right if operator == "*" else left % right


def _short_range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > LONGEST_LOOP:
        raise SecurityError(f"a script loops {LONGEST_LOOP} times at most")
    return numbers


def make_sandbox(shared: str = "") -> Sandbox:
    """A sandbox in which `shared.NAME` is what `_shared.jinja` sets or defines.

    Raises:
        TemplateError: that file cannot be used.
    """
    sandbox = Sandbox()
    with _legible():
        tree = sandbox.parse(shared)
        check_signs(tree)
        check_bounds(tree)
        sandbox.globals["shared"] = sandbox.from_string(tree).module
    return sandbox


@contextmanager
def _legible() -> Iterator[None]:
    """What Python says of a template that it cannot read or compile becomes an Unbounded."""
    try:
        yield
    except (RecursionError, SyntaxError):  # a hundred {% if %} are an indentation too deep
        raise Unbounded("nested too deeply", "Write it simpler") from None
    except ValueError:
        raise Unbounded("a number with too many digits", "Shorten it") from None


def shared_names(sandbox: Sandbox) -> frozenset[str]:
    return frozenset(name for name in vars(sandbox.globals["shared"]) if not name.startswith("_"))


def shared_phrases(sandbox: Sandbox) -> dict[str, str]:
    """Those of the shared names that are words, not macros."""
    module = vars(sandbox.globals["shared"])
    return {name: module[name] for name in shared_names(sandbox) if isinstance(module[name], str)}


def compile_variant(
    sandbox: Sandbox, source: str, known: Mapping[str, frozenset[str]], *, plain: bool = False
) -> tuple[Variant, list[str]]:
    """Compile a wording. Returns it with the variables that it uses and that are not in `known`.

    Args:
        known: variable → its attributes; none: it is a plain value.
        plain: whether it is a member's own script, which may have only variables.

    Raises:
        TemplateError: it does not parse, or wants what a script may not (Unbounded).
    """
    if len(source) > LONGEST:
        raise Unbounded(f"over {LONGEST} characters", "Shorten it")
    if "{" not in source:  # as most are: the rest of this would come to the same
        return Variant(source=source, fixed=_NEWLINE.sub("\n", source).strip()), []
    with _legible():
        return _compiled(sandbox, source, known, plain)


def _compiled(
    sandbox: Sandbox, source: str, known: Mapping[str, frozenset[str]], plain: bool
) -> tuple[Variant, list[str]]:
    tree = sandbox.parse(source)
    check_signs(tree)
    (check_plain if plain else check_bounds)(tree)
    watched = not is_plain(tree)
    fixed = _fixed_text(tree)
    if fixed is not None:
        return Variant(source=source, fixed=fixed.strip()), []
    mentions = sorted(set(mentioned(tree)))
    strangers = [
        f"{name}.{attribute}".rstrip(".")
        for name, attribute in mentions
        if name not in known or (known[name] and not _is_known(attribute, known[name]))
    ]
    reads: dict[str, tuple[str, ...]] = {}
    for name, attribute in mentions:
        if name != "shared":
            reads[name] = (*reads.get(name, ()), attribute) if known.get(name) else ()
    fields = tuple(
        attribute.removeprefix(FIELDS)
        for attribute in reads.get("customer", ())
        if attribute.startswith(FIELDS)
    )
    uses = tuple(reads.items())
    _Flatten({name for name, attributes in reads.items() if attributes}).visit(tree)
    variables = {
        flat(name, attribute) if attribute else name: (name, attribute)
        for name, attributes in reads.items()
        for attribute in attributes or ("",)
    }
    parts = parts_of(tree, variables, sandbox.globals.get("shared"))
    if parts is not None:
        return Variant(source=source, parts=parts, uses=uses, fields=fields), strangers
    template = sandbox.from_string(tree)
    # Its code refers back to it. Without that it goes when its script goes, collector or not.
    for name in ("root", "__jinja_template__"):
        template.root_render_func.__globals__.pop(name, None)
    variant = Variant(
        source=source, template=template, watched=watched, uses=uses, fields=fields
    )  # fmt: skip
    return variant, strangers


def _is_known(attribute: str, known: Set[str]) -> bool:
    begin, _, name = attribute.partition(".")
    return attribute in known or (f"{begin}.…" in known and name.isidentifier())


def flat(name: str, attribute: str) -> str:
    """The name under which a compiled template finds `name.attribute`."""
    return f"{name}__{attribute.replace('.', '__')}"


class _Flatten(NodeTransformer):
    """Turns `customer.name` into one variable: a sandboxed look-up costs more than the rest."""

    def __init__(self, names: Set[str]) -> None:
        self._names = names

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        return self._flattened(node, node.attr)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        return self._flattened(node, attribute_of(node))

    def _flattened(self, node: nodes.Getattr | nodes.Getitem, attribute: object) -> nodes.Node:
        owner, name = node.node, str(attribute)
        if _is_fields(owner):
            owner, name = owner.node, f"{FIELDS}{name}"
        if isinstance(owner, nodes.Name) and owner.name in self._names and _safe(attribute):
            return nodes.Name(flat(owner.name, name), "load", lineno=node.lineno)
        return self.generic_visit(node)


def _safe(attribute: object) -> bool:
    """Whether an attribute may stand in the code of a template, where its name is put in as it
    is."""
    return str(attribute).isidentifier()


def _fixed_text(tree: nodes.Template) -> str | None:
    match tree.body:
        case []:
            return ""
        case [nodes.Output(nodes=[nodes.TemplateData(data=data)])]:
            return str(data)
    return None


def mentioned(tree: nodes.Template) -> Iterator[tuple[str, str]]:
    """(variable, attribute or "") for everything that the template expects from outside."""
    free = {*_free(tree), "shared"}  # a global, and yet to be checked
    with_attribute: set[int] = set()
    for node in tree.find_all(nodes.Expr):
        if not isinstance(node, nodes.Getattr | nodes.Getitem):
            continue
        owner, attribute, begin = node.node, attribute_of(node), ""
        if _is_fields(owner):  # found before its `customer.fields` is
            owner, begin = owner.node, FIELDS
        seen = attribute is None or id(owner) in with_attribute
        if isinstance(owner, nodes.Name) and owner.name in free and not seen:
            with_attribute.add(id(owner))
            yield owner.name, f"{begin}{attribute}"
    for name in tree.find_all(nodes.Name):
        if name.name in free and id(name) not in with_attribute:
            yield name.name, ""


def _free(tree: nodes.Template) -> Set[str]:
    """The names that nothing in the template gives a value."""
    if tree.environment is None or not is_plain(tree):
        return meta.find_undeclared_variables(tree)
    return {name.name for name in tree.find_all(nodes.Name)} - tree.environment.globals.keys()


def attribute_of(node: nodes.Getattr | nodes.Getitem) -> str | None:
    """The attribute that is looked up; None: it is known only when the template is rendered."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    match node.arg:
        case nodes.Const(value=str(attribute)):
            return attribute
    return None


def _is_fields(node: nodes.Node) -> TypeGuard[nodes.Getattr | nodes.Getitem]:
    """Whether it is `customer.fields`."""
    return (
        isinstance(node, nodes.Getattr | nodes.Getitem)
        and isinstance(node.node, nodes.Name)
        and f"{node.node.name}.{attribute_of(node)}." == f"customer.{FIELDS}"
    )
