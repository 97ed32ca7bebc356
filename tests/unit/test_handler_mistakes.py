"""A mistake in handlers is reported with file, line and cure, in both languages."""

import sys
from itertools import count
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.telling.complaints import both
from bot.workspace.application import load_application, serving
from tests.closed import closed

GOOD = "from bot import Router\n\nrouter = Router('faq')\n"
NUMBERS = count()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a name that no other test has imported."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    folder = tmp_path / f"shop{next(NUMBERS)}"
    folder.mkdir()
    (folder / "__init__.py").write_text("\nfrom . import faq\n\nrouters = (faq.router,)\n")
    (folder / "faq.py").write_text(GOOD)
    return folder


def told(package: Path, name: str = "routers") -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load_application(package.parent, f"{package.name}:{name}")
    (found,) = refused.value.complaints
    return both(found).replace(package.name, "shop").splitlines()


@pytest.mark.parametrize(
    ("source", "zh", "en"),
    [
        (
            "import nothere",
            "第 1 行：没有「nothere」这个模块。改正名字，或把它装到 huashu 所在的 Python 环境里。",
            "line 1: there is no module 'nothere'. Correct the name, or install it where huashu",
        ),
        (
            "router = (",
            "第 1 行：Python 写法有误：",
            "line 1: is not Python: '(' was never closed.",
        ),
        (
            "\nrouter = Ruter()",
            "第 2 行：NameError: name 'Ruter' is not defined。改正名字，或在上面 import 它。",
            "line 2: NameError: name 'Ruter' is not defined. Correct the name, or import it above",
        ),
        (
            "from bot import Ruter",
            "第 1 行：bot 里没有「Ruter」。改正名字。",
            "line 1: bot has no 'Ruter'. Correct the name",
        ),
        (
            "\nname = '好'\n".encode("gbk"),
            "编码不对。另存为 UTF-8",
            "not UTF-8 text. Save the file as UTF-8",
        ),
        ("open('no.csv')", "第 1 行：FileNotFoundError", "line 1: FileNotFoundError: [Errno 2]"),
        ("exit(3)", "第 1 行：SystemExit: 3", "line 1: SystemExit: 3."),
        (
            "from bot import MessageReceived, Router\n@Router('a').on(MessageReceived, 'x')\n"
            "async def f(event, context): ...",
            "第 2 行：「x」不是过滤器：写 Texts('x')。",
            "line 2: TypeError: 'x' is no filter: write Texts('x').",
        ),
        ("1 / 0", "第 1 行：ZeroDivisionError", "line 1: ZeroDivisionError: division by zero."),
    ],
)
def test_a_mistake_in_a_handler(package: Path, source: str | bytes, zh: str, en: str) -> None:
    content = source if isinstance(source, bytes) else source.encode()
    (package / "faq.py").write_bytes(content)
    chinese, english = told(package)
    assert chinese.startswith("shop/faq.py")
    assert english.strip().startswith("shop/faq.py: ")
    assert zh in chinese
    assert en in english


def test_a_handler_that_is_not_there(package: Path) -> None:
    (package / "faq.py").unlink()
    assert told(package) == [
        "shop/__init__.py 第 2 行：没有文件 shop/faq.py。写一个 shop/faq.py，或从这一行去掉 faq。",
        "  shop/__init__.py: line 2: there is no shop/faq.py. "
        "Write shop/faq.py, or take faq out of this line",
    ]


def test_a_handler_without_its_router(package: Path) -> None:
    (package / "faq.py").write_text("")
    chinese, english = told(package)
    assert chinese == (
        "shop/__init__.py 第 4 行：shop/faq.py 里没有「router」。"
        "在 shop/faq.py 里写上 router，或改正名字。"
    )
    assert "line 4: shop/faq.py has no 'router'." in english


@pytest.mark.parametrize("name", ["", "faq.py"])
def test_what_may_not_be_opened(package: Path, name: str) -> None:
    with closed(package / name):
        chinese, english = told(package)
    assert chinese.startswith(f"shop/{name}：运行命令的用户没有权限打开。")
    assert english.endswith("sudo -u huashu huashu …")


def test_routers_that_are_not_there_or_are_none(package: Path) -> None:
    assert told(package, "nothing") == [
        "shop/__init__.py nothing：没有填。写成 nothing = (faq.router, …)。",
        "  shop/__init__.py: nothing: is missing. Write nothing = (faq.router, …)",
    ]
    assert "不是一组路由" in told(package, "faq")[0]


@pytest.mark.parametrize(
    ("source", "zh", "en"),
    [
        (
            "middlewares = mark",
            "不是一组中间件。写成 middlewares = (orders.mark,)。",
            "is no tuple",
        ),
        ("middlewares = 'mark'", "不是一组中间件。", "is no tuple of middlewares."),
        (
            "middlewares = ('mark',)",
            "「mark」 要写成 async def。",
            "'mark' must be written `async",
        ),
        (
            "middlewares = (short,)",
            "short 要收这几个参数：event, context",
            "short must take (event",
        ),
        (
            "services = {}",
            "没有给出服务。照 handlers/README.md",
            "services: gives no services.",
        ),
        (
            "async def services():\n    return {}",
            "交出各项服务。",
            "services: gives no services.",
        ),
        ("async def services():\n    yield {}", "没有给出服务。", "services: gives no services."),
    ],
)
def test_what_stands_around_handlers(package: Path, source: str, zh: str, en: str) -> None:
    """It was in order for `huashu check`, and failed at the start or at each event."""
    with (package / "__init__.py").open("a") as init:
        init.write(
            f"async def mark(e, c, p): ...\nasync def short(event, context): ...\n{source}\n"
        )
    chinese, english = told(package)
    assert chinese.startswith("shop/__init__.py ")
    assert zh in chinese
    assert en in english


@pytest.mark.parametrize(
    ("body", "en"),
    [
        ("raise ConnectionRefusedError(111, 'no shop')", "line 8: ConnectionRefusedError: [Err"),
        ("yield None", "services: gives no services."),
        ("yield {'orders': 1}", "services: gives no services."),
    ],
)
async def test_a_service_that_does_not_begin(package: Path, body: str, en: str) -> None:
    """What a shop's database said was taken for the bot's own port."""
    (package / "orders.py").write_text(
        "from contextlib import asynccontextmanager\n\n\n\n\n@asynccontextmanager\n"
        f"async def services():\n    {body}\n    yield {{}}\n"
    )
    with (package / "__init__.py").open("a") as init:
        init.write("from .orders import services\n")
    name = f"{package.name}:routers"
    application = load_application(package.parent, name)
    with pytest.raises(ConfigError) as refused:
        async with serving(application, package.parent, name):
            pass
    assert en in str(refused.value)


def test_no_package_at_all(package: Path) -> None:
    (package / "__init__.py").unlink()
    (package / "faq.py").unlink()
    package.rmdir()
    chinese, english = told(package)
    assert chinese.startswith("shop/__init__.py：没有这个文件或文件夹。写一个，或在 config/")
    assert "config/bot.toml: routers" in english
