"""Why a workspace's handlers cannot be imported → a complaint with file and line."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from inspect import iscoroutinefunction, signature
from pathlib import Path
from traceback import extract_tb

from bot.errors import Complaint
from bot.files.textfile import UTF8, cannot_read, may

_NO_NAME = re.compile(
    r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'"
)
_NO_ATTRIBUTE = re.compile(
    r"(?:partially initialized )?module '([\w.]+)' has no attribute '(\w+)'"
)
_LONGEST = 300  # characters of a message; some repeat a whole value


def mistake(error: BaseException, root: Path, package: str) -> Complaint:
    """Why `package` of the workspace `root` cannot be imported."""
    match error:
        case SyntaxError(filename=str(path)):
            return _syntax(error, _place(Path(path), root))
        case OSError(filename=str(path)) if path.endswith(".py"):
            return Complaint(_place(Path(path), root), "*", *cannot_read(error))
        case ModuleNotFoundError(name=str(name)) if package.split(".")[0] == name:
            return _no_package(root, name)
    frames = [one for one in extract_tb(error.__traceback__) if _is_own(Path(one.filename), root)]
    if not frames:
        return Complaint(f"{package}/", "*", _said(error), "Mend it")
    file, key = _place(Path(frames[-1].filename), root), f"line {frames[-1].lineno}"
    unknown = isinstance(error, NameError)
    cure = "Correct the name, or import it above" if unknown else "Mend this line"
    return Complaint(file, key, *(_missing(error, root) or (_said(error), cure)))


def no_routers(root: Path, package: str, attribute: str, *, there: bool) -> Complaint:
    """For a package that can be imported; an unreadable folder looks like an empty one.

    Args:
        there: it has the `attribute`, which is something else.
    """
    if not there and (closed := _closed(root, package)):
        return closed
    problem = "is no tuple of routers" if there else "is missing"
    cure = f"Write {attribute} = (faq.router, …)"
    return Complaint(_place_of_package(root, package), attribute, problem, cure)


def no_middlewares(root: Path, package: str, middlewares: object) -> Iterator[Complaint]:
    """Complaints about middlewares that would fail at each event."""
    file = _place_of_package(root, package)
    if isinstance(middlewares, str) or not isinstance(middlewares, Sequence):
        cure = "Write middlewares = (orders.mark,)"
        yield Complaint(file, "middlewares", "is no tuple of middlewares", cure)
        return
    for one in middlewares:
        name, call = getattr(one, "__qualname__", repr(one)), getattr(one, "__call__", None)  # noqa: B004
        if not iscoroutinefunction(one) and not iscoroutinefunction(call):
            problem, cure = f"{name} must be written `async def`", "Mend it"
        elif not _takes(one, 3):
            problem, cure = f"{name} must take (event, context, proceed)", "Mend it"
        else:
            continue
        yield Complaint(file, "middlewares", problem, cure)


def no_services(root: Path, package: str) -> Complaint:
    cure = "Write @asynccontextmanager, async def services(), and in it yield {KEY: …}"
    return Complaint(_place_of_package(root, package), "services", "gives no services", cure)


def _takes(function: Callable[..., object], number: int) -> bool:
    try:
        signature(function).bind(*range(number))
    except TypeError:
        return False
    return True


def _place_of_package(root: Path, package: str) -> str:
    """Its first file, as complaints call it."""
    path = root.joinpath(*package.split("."))
    module = path.with_suffix(".py")
    return _place(module if os.path.isfile(module) else path / "__init__.py", root)


def _syntax(error: SyntaxError, file: str) -> Complaint:
    key = f"line {error.lineno}" if error.lineno else "*"
    if "codec can't decode" in error.msg or "Non-UTF-8" in error.msg:
        return Complaint(file, key, "not UTF-8 text", UTF8)
    return Complaint(file, key, f"is not Python: {error.msg}", "Mend this line")


def _no_package(root: Path, name: str) -> Complaint:
    if closed := _closed(root, name):
        return closed
    cure = f'Write it, or name yours in config/bot.toml: routers = "{name}:routers"'
    return Complaint(_place_of_package(root, name), "*", "is not there", cure)


def _closed(root: Path, package: str) -> Complaint | None:
    folder = root.joinpath(*package.split("."))
    if os.path.isdir(folder) and not may(folder, os.R_OK | os.X_OK):
        return Complaint(f"{_place(folder, root)}/", "*", *cannot_read(PermissionError()))
    return None


def _missing(error: BaseException, root: Path) -> tuple[str, str] | None:
    """Problem and cure for a name that does not exist."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return _no_module(error.name, root)
    said = str(error)
    if isinstance(error, ImportError) and (found := _NO_NAME.match(said)):
        name, module = found.groups()
        if os.path.isdir(root.joinpath(*module.split("."))) and not _is_there(root, module, name):
            return _no_module(f"{module}.{name}", root)
        return _no_attribute(module, name, root)
    if isinstance(error, AttributeError) and (found := _NO_ATTRIBUTE.match(said)):
        return _no_attribute(found[1], found[2], root)
    return None


def _no_module(name: str, root: Path) -> tuple[str, str]:
    top, *inside = name.split(".")
    if inside and os.path.isdir(root / top):
        file = f"{name.replace('.', '/')}.py"
        return f"there is no {file}", f"Write {file}, or take {inside[-1]} out of this line"
    cure = "Correct the name, or install it where huashu is installed"
    return f"there is no module {name!r}", cure


def _no_attribute(module: str, name: str, root: Path) -> tuple[str, str]:
    if (top := module.split(".")[0]) == "bot" or not os.path.exists(root / top):
        return f"{module} has no {name!r}", "Correct the name"
    file = _place_of_package(root, module)
    return f"{file} has no {name!r}", f"Write {name} in {file}, or correct the name"


def _is_there(root: Path, module: str, name: str) -> bool:
    path = root.joinpath(*module.split("."), name)
    return os.path.isdir(path) or os.path.isfile(path.with_suffix(".py"))


def _is_own(path: Path, root: Path) -> bool:
    """Written by the company: neither this program nor what is installed in the workspace."""
    bot = Path(__file__).parents[1]
    return path.is_relative_to(root) and not (
        path.is_relative_to(bot) or "site-packages" in path.parts
    )


def _place(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:_LONGEST].split("\n")[0]
