"""The rules of the house that no linter knows. Each is also tried on code that breaks it."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import pytest

import bot

CHECKOUT = Path(__file__).parents[2]
PUBLIC = frozenset(vars(bot).get("__all__", ()))
MOCK_MAY_SHARE = ("bot.mockwecom", "bot.clock", "bot.wecom.crypto", "bot.errors.BadCallback")
MAY_START_THE_MOCK = (
    *("bot/mockwecom/", "bot/cli/", "bot/demo", "bot/rehearse/"),
    "bot/simulate/",
)
# What joins the parts and shows them, and who stands above it; all else knows nothing of it.
ABOVE = ("bot.app", "bot.cli", "bot.joined", "bot.site", "bot.web")
MAY_LOOK_UP = (
    *("bot/app.py", "bot/cli/", "bot/command.py", "bot/demo/", "bot/joined/"),
    *("bot/rehearse/", "bot/simulate/", "bot/site.py", "bot/web/"),
)
TIME = re.compile(
    r"(datetime\.)?(datetime|date)\.(now|utcnow|today)|asyncio\.sleep"
    r"|time\.(time|monotonic|perf_counter|process_time|sleep|localtime|gmtime)(_ns)?"
)


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(module, name) of each import; a name of "" imports the module itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{'.' * node.level}{node.module or ''}", a.name) for a in node.names)


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def wrong_imports(file: str, source: str) -> list[str]:
    return [
        f"{module} {name}".strip()
        for module, name in imports(ast.parse(source))
        if is_wrong_import(file, module, name)
    ]


def is_wrong_import(file: str, module: str, name: str) -> bool:
    full = f"{module}.{name}"
    if file.startswith("handlers/"):
        return within(module, "bot") and not (module == "bot" and name in PUBLIC)
    if within(module, "handlers"):
        return True
    if file.startswith("bot/mockwecom/"):
        return within(module, "bot") and not (
            within(module, *MOCK_MAY_SHARE) or within(full, *MOCK_MAY_SHARE)
        )
    looks_up = within(module, *ABOVE) or within(full, *ABOVE)
    if looks_up and not file.startswith(MAY_LOOK_UP):
        return True
    starts_mock = within(module, "bot.mockwecom") or within(full, "bot.mockwecom")
    return starts_mock and not file.startswith(MAY_START_THE_MOCK)


def time_readers(source: str) -> list[str]:
    tree = ast.parse(source)
    used = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)] + [
        f"{module}.{name}" for module, name in imports(tree)
    ]
    return [name for name in used if TIME.fullmatch(name)]


@pytest.fixture(scope="module")
def sources() -> Mapping[str, str]:
    """Every file of the program: all are looked at in one test, which names what is wrong."""
    return files_in("bot", "handlers")


def files_in(*folders: str, ending: str = "py") -> dict[str, str]:
    files = sorted(path for one in folders for path in (CHECKOUT / one).rglob(f"*.{ending}"))
    return {str(path.relative_to(CHECKOUT)): path.read_text("utf-8") for path in files}


def test_imports_point_one_way(sources: Mapping[str, str]) -> None:
    found = {name: wrong_imports(name, source) for name, source in sources.items()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) > 600


def test_only_the_clock_reads_the_time(sources: Mapping[str, str]) -> None:
    found = {name: time_readers(source) for name, source in sources.items()}
    assert {name for name, readers in found.items() if readers} == {"bot/clock.py"}


def test_no_file_is_over_400_lines(sources: Mapping[str, str]) -> None:
    every = {**sources, **files_in("benchmarks", "tests")}
    lengths = {name: len(source.splitlines()) for name, source in every.items()}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_nobody_is_told_to_install_a_name_that_is_not_ours(sources: Mapping[str, str]) -> None:
    """No index of packages has this program: there, the name is free for anybody to take."""
    pages = (*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md"))
    told = {**sources, **{page.name: page.read_text("utf-8") for page in pages}}
    by_name = re.compile(
        r"(?:pip|uv|pipx)\s[^\n#]*install\s[^\n#]*?(?<![\w/.-])huashu(?![\w/*.-])"
    )
    assert [name for name, text in told.items() if by_name.search(text)] == []
    assert by_name.search("pip install 'huashu[cluster]'")


def test_debian_12_matched_a_possessive_group_wrongly(sources: Mapping[str, str]) -> None:
    """Its Python 3.11.2 does (gh-106052, gh-100061): opt-outs went unheard there, and most
    callbacks took the slow way to be read. (?>(…)*) is right, and so is x*+ of a single sign."""
    told = {**sources, **files_in("bot", "handlers", ending="toml")}
    wrong = re.compile(r"\)(?:[*+?]|\{[^{}\n]*\})\+(?!,-)")
    assert [name for name, text in told.items() if wrong.search(text)] == []
    assert wrong.search("(?:a|b)*+")
    assert wrong.search("(a){2,3}+")
    assert not wrong.search("(a*+)+b")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("bot/app.py", "import handlers"),
        ("bot/app.py", "from handlers.faq import router"),
        ("bot/app.py", "from bot.mockwecom.corp import MockCorp"),
        ("bot/app.py", "from bot import mockwecom"),
        ("bot/profile/rules.py", "from bot.joined.ground import Ground"),
        ("bot/groups/rules.py", "from bot import web"),
        ("bot/mockwecom/corp.py", "from bot.events import Event"),
        ("bot/mockwecom/corp.py", "import bot.wecom.payload"),
        ("bot/mockwecom/corp.py", "from bot import events"),
        ("handlers/faq.py", "from bot.clock import Clock"),
        ("handlers/faq.py", "import bot.store"),
        ("handlers/faq.py", "def later():\n    from bot import nothing_public"),
    ],
)
def test_a_wrong_import_is_found(file: str, source: str) -> None:
    assert len(wrong_imports(file, source)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("bot/app.py", "from bot.events import Event\nimport handlers_of_signals"),
        ("bot/cli/servers.py", "from bot.mockwecom.corp import MockCorp"),
        ("bot/mockwecom/corp.py", "from bot.clock import Clock\nfrom bot.wecom import crypto"),
        ("handlers/faq.py", "from handlers import questions\nimport re"),
    ],
)
def test_a_right_import_is_left_alone(file: str, source: str) -> None:
    assert wrong_imports(file, source) == []


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "date.today()",
        "time.monotonic()",
        "timer = time.perf_counter_ns",
        "await asyncio.sleep(1)",
        "from time import time",
        "from asyncio import sleep",
    ],
)
def test_a_reader_of_time_is_found(source: str) -> None:
    assert len(time_readers(source)) == 1


def test_other_uses_of_time_are_left_alone() -> None:
    assert time_readers("from datetime import datetime, time\nclock.now()\ntime(9, 0)") == []


def test_no_exception_is_raised_twice(sources: Mapping[str, str]) -> None:
    """Each raising adds its frames to it: a visitor's request hung on the next one's, for ever."""
    shared = re.compile(r"^ *raise [A-Z][A-Z_]+$", re.MULTILINE)
    assert [name for name, source in sources.items() if shared.search(source)] == []
    assert shared.search("    raise GONE\n")


def test_public_names_are_few_and_there() -> None:
    assert len(PUBLIC) <= 20
    assert [name for name in PUBLIC if not hasattr(bot, name)] == []


def test_data_folders_hold_no_python() -> None:
    folders = (CHECKOUT / "scripts_library", CHECKOUT / "config")
    assert [path for folder in folders for path in folder.rglob("*.py")] == []


def test_the_changelog_names_the_version() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    changelog = (CHECKOUT / "CHANGELOG.md").read_text("utf-8")
    assert f"## [{project['version']}]" in changelog


def test_each_library_has_its_reason() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    told = (CHECKOUT / "docs/dependencies.md").read_text("utf-8")
    names = {re.split(r"[\[<>=;]", line)[0] for line in wanted}
    assert {name for name in names if not re.search(rf"\b{name}\b", told)} == set()


def test_every_public_name_is_there_when_it_is_asked_for() -> None:
    assert all(getattr(bot, name) is not None for name in bot.__all__)
    assert dir(bot) == sorted(bot.__all__)  # once it told how it imports, and no name
    with pytest.raises(ImportError):
        exec("from bot import nothing_of_this_name")
