"""An application of one's own: middlewares and services beside the routers."""

import sys
from pathlib import Path
from textwrap import dedent

from tests.stage import SHOP, stage

APPLICATION = dedent("""
    from contextlib import asynccontextmanager
    from bot import Context, Key, MessageReceived, Router

    ORDERS = Key[dict[str, str]]("orders")
    closed = []
    router = Router("orders")

    @router.on(MessageReceived)
    async def look_up(event: MessageReceived, context: Context) -> None:
        context.explain(order=context[ORDERS][event.text])
        await context.say("system/greeting_reply")

    async def only_short(event, context, proceed):
        return len(getattr(event, "text", "")) < 10 and await proceed()

    routers = (router,)
    middlewares = (only_short,)

    @asynccontextmanager
    async def services():
        yield {ORDERS: {"A17": "在路上"}}
        closed.append(True)
""")


async def test_handlers_reach_services_through_middlewares(tmp_path: Path) -> None:
    (tmp_path / "shop_app").mkdir()
    (tmp_path / "shop_app/__init__.py").write_text(APPLICATION, "utf-8")
    async with stage(tmp_path, top='routers = "shop_app:routers"') as play:
        await play.corp.customer_writes_kf("wm1", SHOP, "A17")
        await play.corp.customer_writes_kf("wm2", SHOP, "A17 " * 20)
        await play.quiet()
        assert len(play.texts("wm1")) == 1
        assert play.texts("wm2") == []
        rows = await play.rows(
            "SELECT decision FROM event WHERE kind = 'MessageReceived' ORDER BY conversation"
        )
        assert "在路上" in rows[0]["decision"]
    assert sys.modules["shop_app"].closed == [True]
