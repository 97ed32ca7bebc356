"""The pages of signing in: the redirect inside the client, and the code to scan."""

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import web

from bot.mockwecom.client.frame import Frame
from bot.mockwecom.rules import TEXTS, Refusal

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/client/login.css"></head>
<body><main>{body}</main></body></html>"""
REFUSED = """<h1>{zh}</h1><p class="code">{code}</p><p lang="en">{words}</p>
<p class="aside">企业微信在这里也只显示错误，不会跳转。
<span lang="en">WeCom too shows an error here and redirects nowhere.</span></p>"""
SCAN = """<h1>企业微信扫码登录</h1><p>登录 <b>{app}</b>
<span lang="en">Sign in to {app}</span></p>
<div class="qr" role="img" aria-label="QR"></div>
<p class="aside">模拟器里没有真的二维码：选谁来扫。
<span lang="en">There is no real code here: choose who scans it.</span></p><ul>{members}</ul>"""
ZH = {
    40013: "企业 ID 不对",
    40029: "请在企业微信客户端打开链接",
    40056: "应用不存在",
    41011: "缺少 agentid",
    50001: "redirect_uri 的域名不是应用的可信域名",
    50002: "成员不在应用的可见范围内",
    60111: "没有这位成员",
    84025: "state 不合规则",
}


class Login:
    def __init__(self, corp: "MockCorp", frame: Frame | None) -> None:
        self._corp, self._frame = corp, frame

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/connect/oauth2/authorize", self._authorize),
            web.get("/wwlogin/sso/login", self._login),
        ]

    async def _authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        member = self._frame.member_of(request) if self._frame else ""
        try:
            where = await self._corp.oauth.authorize(query, member)
        except Refusal as refusal:
            return refused(refusal)
        return web.Response(status=302, headers={"Location": where, "Cache-Control": "no-store"})

    async def _login(self, request: web.Request) -> web.Response:
        """Shows the code; `scanned_by`, which is ours, names the member who has confirmed."""
        query = dict(request.query)
        member = query.pop("scanned_by", "")
        try:
            if member:
                where = await self._corp.oauth.scan(query, member)
                headers = {"Location": where, "Cache-Control": "no-store"}
                return web.Response(status=302, headers=headers)
            app = self._corp.oauth.check_login(query)
        except Refusal as refusal:
            return refused(refusal)
        choices = "".join(
            f'<li><a href="?{escape(urlencode({**query, "scanned_by": one.userid}))}">'
            f"{escape(one.name)}</a></li>"
            for one in self._corp.members.values()
            if app.sees(one.userid)
        )
        body = SCAN.format(app=escape(app.name or str(app.agent_id)), members=choices)
        return page("企业微信扫码登录 · WeCom sign-in", body)


def refused(refusal: Refusal) -> web.Response:
    words = refusal.detail or TEXTS.get(refusal.errcode, "")
    zh = ZH.get(refusal.errcode, "参数错误")
    body = REFUSED.format(zh=zh, code=refusal.errcode, words=escape(words))
    answer = page(f"{refusal.errcode} {zh}", body)
    answer.headers["Error-Code"] = str(refusal.errcode)
    return answer


def page(title: str, body: str) -> web.Response:
    text = PAGE.format(title=escape(title), body=body)
    return web.Response(text=text, content_type="text/html", headers=HEADERS)
