"""Finds in the source all complaints by readers of files, to check a translation against.

An f-string becomes a sample: 7 stands for whatever is filled in.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

BOT = Path(__file__).parent.parent / "bot"
# What is read where no page is: commands, and what stands in the way of a start.
ELSEWHERE = (
    "cli/", "demo/", "leaving/", "mockwecom/", "rehearse/", "sheets/sheet.py", "simulate/",
    "wecom/", "workspace/workspace.py",
)  # fmt: skip
COMPLAINS = ("Complaint", "complaint", "complain", "_complain", "no_table", "BadCell")
CURES = ("Rule", "Form", "_like")  # a call whose second argument is a cure, as `where` of any call
WORTH = re.compile(
    r"omplain|BadCell|BotError|ValueError|Rule\(|Form\("
)  # else there is nothing in it
# Errors of these become part of a complaint.
PARSING = ("plans/", "touch/calendar/rules.py", "touch/calendar/company.py")


@dataclass(frozen=True, slots=True)
class Told:
    place: str
    problem: str
    cure: str


class Source:
    """One module of bot/."""

    def __init__(self, path: Path, text: str) -> None:
        self.name = str(path.relative_to(BOT))
        self.tree = ast.parse(text)

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        kinds = ast.FunctionDef | ast.AsyncFunctionDef
        return [node for node in ast.walk(self.tree) if isinstance(node, kinds)]

    def around(self, line: int) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """The functions around it, the innermost first."""
        found = [one for one in self.functions if one.lineno <= line <= (one.end_lineno or 0)]
        return sorted(found, key=lambda one: -one.lineno)


class Scan:
    def __init__(self) -> None:
        paths = [
            path for path in sorted(BOT.rglob("*.py"))
            if not path.relative_to(BOT).as_posix().startswith(ELSEWHERE)
        ]  # fmt: skip
        texts = {path: path.read_text("utf-8") for path in paths}
        self.sources = [Source(path, text) for path, text in texts.items() if WORTH.search(text)]

        self.named: dict[str, list[tuple[Source, ast.AST]]] = {}
        for source in self.sources:
            for function in source.functions:
                self.named.setdefault(function.name, []).append((source, function))

    def told(self) -> Iterator[Told]:
        for source in self.sources:
            for call in ast.walk(source.tree):
                if isinstance(call, ast.Call):
                    yield from self._call(source, call)

    def _call(self, source: Source, call: ast.Call) -> Iterator[Told]:
        place, name = f"{source.name}:{call.lineno}", _name(call.func)
        wheres = [word.value for word in call.keywords if word.arg == "where"]
        if name in CURES and len(call.args) == 2:
            wheres.append(call.args[1])
        for where in wheres:
            yield from (Told(place, "", cure) for cure in self._texts(source, where) or ())
        parsing = name == "ValueError" and source.name.startswith(PARSING)
        if (parsing or name == "BotError") and call.args:
            yield from (Told(place, text, "") for text in self._texts(source, call.args[0]))
        if name not in COMPLAINS or not call.args:
            return
        if any(one.name in COMPLAINS for one in source.around(call.lineno)):
            return  # it passes on what others say
        *_, last = call.args
        if isinstance(last, ast.Starred):
            found = [*self._pairs(last.value)]
        elif len(call.args) < 2:
            return
        else:
            problems = self._texts(source, call.args[-2])
            cures = self._texts(source, last)
            found = [*product(problems or (), cures or ("",))]
        yield from (Told(place, problem, cure) for problem, cure in found)

    def _pairs(self, value: ast.expr) -> Iterator[tuple[str, str]]:
        """What a function returns: a problem and its cure."""
        if not isinstance(value, ast.Call):
            return
        for source, function in self.named.get(_name(value.func), ()):
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                    problem, cure = (self._texts(source, one) for one in node.value.elts[:2])
                    yield from product(problem or (), cure or ("",))

    def _texts(self, source: Source, value: ast.expr, depth: int = 0) -> list[str]:
        """Every text that it can be; none if the source does not say."""
        match value:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=values):
                parts = [self._part(source, one, depth) for one in values]
                return ["".join(one) for one in product(*parts)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                sides = self._texts(source, left, depth), self._texts(source, right, depth)
                return ["".join(one) for one in product(*sides)]
            case ast.IfExp(body=body, orelse=other):
                return [*self._texts(source, body, depth), *self._texts(source, other, depth)]
            case ast.Name(id=name) if depth < 4:
                return [*dict.fromkeys(self._named(source, name, value.lineno, depth + 1))]
            case ast.Call(func=ast.Attribute(value=of, attr="replace"), args=[old, new]):
                texts = (self._texts(source, one, depth) for one in (of, old, new))
                return [text.replace(was, now) for text, was, now in product(*texts)]
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="join")):
                return [f"7{text}7"]
            case ast.Call(func=function) if depth < 4:
                return [*self._answers(source, _name(function), depth + 1)]
        return []

    def _answers(self, source: Source, name: str, depth: int) -> Iterator[str]:
        """The texts that a function of this module returns or yields."""
        for home, function in self.named.get(name, ()):
            for node in ast.walk(function) if home is source else ():
                if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
                    yield from self._texts(source, node.value, depth)

    def _part(self, source: Source, value: ast.expr, depth: int) -> Sequence[str]:
        if isinstance(value, ast.FormattedValue):
            texts = self._texts(source, value.value, depth + 1) or ["7"]
            return [repr(text) for text in texts] if value.conversion == ord("r") else texts
        return self._texts(source, value, depth)

    def _named(self, source: Source, name: str, line: int, depth: int) -> Iterator[str]:
        scopes: list[ast.AST] = [*source.around(line)[:1], source.tree]
        for scope in scopes:
            found = [*self._assigned(source, scope, name, depth)]
            if found:
                yield from found
                return

    def _assigned(self, source: Source, scope: ast.AST, name: str, depth: int) -> Iterator[str]:
        body = scope.body if isinstance(scope, ast.Module) else [*ast.walk(scope)]
        for node in body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=known)], value=value)
                    | ast.AugAssign(target=ast.Name(id=known), value=value)
                    | ast.For(target=ast.Name(id=known), iter=value)
                ) if known == name:
                    yield from self._texts(source, value, depth)
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
                    place = [_name(one) for one in names]
                    if name not in place:
                        continue
                    if isinstance(value, ast.Tuple):
                        yield from self._texts(source, value.elts[place.index(name)], depth)
                    else:
                        yield from (pair[place.index(name)] for pair in self._pairs(value))


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
