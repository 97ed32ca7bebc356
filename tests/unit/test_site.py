"""What callbacks pass by on their way in is still there for whoever needs it."""

import asyncio

from aiohttp import web

from bot.site import take_first


async def test_what_is_taken_first_still_answers_whoever_waits_for_a_100_before_the_body() -> None:
    async def routed(_: web.Request) -> web.Response:
        return web.Response(text="routed")

    async def first(_: web.Request) -> web.Response:
        return web.Response(text="first")

    app = web.Application()
    app.router.add_post("/hook", routed)
    runner = web.AppRunner(app)
    await runner.setup()
    take_first(runner, {"/hook": first})
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    for line, more, answer in (
        ("POST /hook?a=b", "", "first"),
        ("POST /h%6Fok", "", "routed"),
        ("POST /hook", "Expect: 100-continue\r\n", "routed"),
        ("GET /hook", "", "405: Method Not Allowed"),
    ):
        head = f"{line} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n{more}\r\n"
        writer.write(head.encode())
        if more:
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(len(answer)) == answer.encode()
    writer.close()
    await writer.wait_closed()
    await runner.cleanup()
