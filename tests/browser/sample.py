"""A page like the sidebar, as small as can be: it loads the official SDK and asks the client."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import ClientSession, web

from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from bot.wecom.jssdk import sign

SDK = Path(__file__).parents[2] / "bot/web/static/vendor/wecom.js"
AGENT, SECRET = 1000002, "secret-of-the-app"
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>sample</title>
<script src="/wecom.js"></script><script src="/page.js" defer></script></head>
<body data-member="{member}"><output></output><button>send</button></body></html>"""
SCRIPT = """
const out = document.querySelector("output"), tell = value => { out.textContent = JSON.stringify(value); };
const signed = kind => async url => (await fetch(`/sign?${new URLSearchParams({kind, url})}`)).json();
ww.register({corpId: "wwdemo0000000001", agentId: 1000002,
  jsApiList: ["getContext", "getCurExternalContact", "getCurExternalChat", "sendChatMessage"],
  getConfigSignature: signed("corp"),
  // In this order: once agentConfig is through, the SDK puts its signature into preVerifyJSAPI too.
  getAgentConfigSignature: async url => { await ww.ensureCorpConfigReady(); return signed("agent")(url); }});
(async () => {
  try {
    const {entry} = await ww.getContext();
    const asked = entry === "group_chat_tools" ? await ww.getCurExternalChat() : await ww.getCurExternalContact();
    tell({entry, id: asked.userId ?? asked.chatId, member: document.body.dataset.member, agent: navigator.userAgent});
  } catch (error) { tell({error: error.errMsg ?? String(error)}); }
})();
document.querySelector("button").onclick = async () => {
  try { tell(await ww.sendChatMessage({msgtype: "text", text: {content: "您好，今天发货"}})); }
  catch (error) { tell({error: error.errMsg}); }
};
"""  # noqa: E501 a page
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Sample:
    """It identifies members by OAuth and keeps them in a cookie, as our own pages do."""

    def __init__(self, server: MockServer, http: ClientSession) -> None:
        assert server.frame is not None
        self._server, self._http, self._public = server, http, server.frame.url
        self._states: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sidebar", self._page),
            web.get("/back", self._back),
            web.get("/sign", self._sign),
            web.get("/wecom.js", self._sdk),
            web.get("/page.js", self._script),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        member = request.cookies.get("member", "")
        if not member:
            state = secrets.token_hex(8)
            self._states.add(state)
            query = {
                "appid": "wwdemo0000000001", "redirect_uri": f"{self._public}/back",
                "response_type": "code", "scope": "snsapi_base", "state": state,
                "agentid": str(AGENT),
            }  # fmt: skip
            where = f"{self._server.url}/connect/oauth2/authorize?{urlencode(query)}"
            return web.Response(status=302, headers={"Location": f"{where}#wechat_redirect"})
        text = PAGE.format(member=member)
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    async def _back(self, request: web.Request) -> web.Response:
        self._states.remove(request.query["state"])
        who = await self._get("auth/getuserinfo", code=request.query["code"])
        answer = web.Response(status=302, headers={"Location": "/sidebar?entry=1#top"})
        answer.set_cookie("member", who["userid"], httponly=True, samesite="Lax")
        return answer

    async def _sign(self, request: web.Request) -> web.Response:
        if request.query["kind"] == "corp":
            ticket = (await self._get("get_jsapi_ticket"))["ticket"]
        else:
            ticket = (await self._get("ticket/get", type="agent_config"))["ticket"]
        now, nonce = self._server.corp.seconds(), secrets.token_hex(8)
        signature = sign(ticket, nonce, now, request.query["url"])
        return web.json_response({"timestamp": now, "nonceStr": nonce, "signature": signature})

    async def _sdk(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(SDK)

    async def _script(self, _: web.Request) -> web.Response:
        return web.Response(text=SCRIPT, content_type="text/javascript")

    async def _get(self, api: str, **query: str) -> dict[str, str]:
        secret = {"corpid": "wwdemo0000000001", "corpsecret": SECRET}
        async with self._http.get(f"{self._server.url}/cgi-bin/gettoken", params=secret) as answer:
            token = (await answer.json())["access_token"]
        asked = {"access_token": token, **query}
        async with self._http.get(f"{self._server.url}/cgi-bin/{api}", params=asked) as answer:
            found: dict[str, str] = json.loads(await answer.read())
            return found


@asynccontextmanager
async def sample(corp: MockCorp) -> AsyncIterator[MockServer]:
    """The mock with its client, and the page in its toolbar."""
    async with MockServer(corp, frame_port=0) as server, ClientSession() as http:
        assert server.frame is not None
        app = web.Application()
        app.add_routes(Sample(server, http).routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            server.frame.target = f"http://127.0.0.1:{runner.addresses[0][1]}"
            corp.set_trusted_domain(AGENT, server.frame.url.removeprefix("http://"))
            corp.add_toolbar(AGENT, "样例", f"{server.frame.url}/sidebar")
            yield server
        finally:
            await runner.cleanup()
