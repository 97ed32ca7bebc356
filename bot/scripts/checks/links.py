"""Complaints about links that lead a customer nowhere, judged by their text: none is fetched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, urlsplit

from bot.errors import Complaint
from bot.scripts.checks.subject import Subject, complaint
from bot.scripts.script import Script

# What was meant as a link, also where it is mistyped: htps://, http:/, https：//
_MEANT = re.compile(
    r"(?<![A-Za-z])h?t{1,3}ps?s?\s?[:：]\s?[/／\\]{1,3}[^\s，。；！？、（）)】》」』”\"'<>]*",
    re.IGNORECASE,
)
_WELL = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_CHINESE = re.compile(r"[一-鿿].*", re.DOTALL)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]+", re.IGNORECASE)
_PRIVATE = re.compile(r"localhost|.*\.(?:local|internal|lan|test|invalid|localhost)")
_SAMPLE = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|cn|org|net)|example|x{2,}\.(?:com|cn)|your-?\w+\.\w+)"
)
# What media/uploadimg gives: welcomes and mass messages take no other pic_url (docs 92137, 90256).
_HELD = re.compile(r"https?://(?:[\w-]+\.)*qpic\.cn/", re.IGNORECASE)
_PUT = 'Put the picture into this folder and write file = "images/…" instead of pic_url'
_EXPIRY = re.compile(  # names of parameters
    r"(?:x-\w+-)?(?:exp|expires?|expiry|expire_?(?:at|time|date)|valid_?(?:to|until)|until|"
    r"end|end_?(?:at|time|date)|deadline)",
    re.IGNORECASE,
)
_CAMPAIGN = re.compile(
    r"sale|promo|activity|campaign|event|coupon|huodong|618|1111|1212|double-?1[12]|festival",
    re.IGNORECASE,
)
_STAMP = re.compile(r"(?<!\d)(20[12]\d)[-_/]?(1[0-2]|0[1-9])[-_/]?(3[01]|[12]\d|0[1-9])(?!\d)")
_IN_YEAR = re.compile(r"(?<!\d)(20[12]\d)(?!\d)")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")  # seconds, or milliseconds
_GRACE = timedelta(days=31)  # so long into a year a campaign of the last one may go on


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    script: Script
    name: str
    address: str


def check_links(subject: Subject) -> Iterator[Complaint]:
    links = list(_links(subject))
    # A library that has only sample links is itself a sample.
    sample = bool(links) and all(_is_sample(link.address) for link in links)
    for link in links:
        mistake = mistake_of(link.address, subject.today)
        if not mistake and _is_sample(link.address) and not sample:
            mistake = "is a sample", "Write your own address"
        if not mistake and link.name.endswith(".pic_url") and not _HELD.match(link.address):
            mistake = "is no picture that WeCom holds", _PUT
        if mistake:
            yield complaint(link.script, link.name, f"{link.address!r} {mistake[0]}", mistake[1])


def _links(subject: Subject) -> Iterator[_Link]:
    for text in subject.texts:
        for found in _MEANT.finditer(text.text):
            yield _Link(script=text.script, name=text.name, address=found[0])
    for script in subject.scripts:
        for number, item in enumerate(script.attachments):
            for name in ("url", "pic_url", "picurl"):
                if link := getattr(item, name):
                    yield _Link(script=script, name=f"attachments[{number}].{name}", address=link)


def _is_sample(link: str) -> bool:
    """Whether the host is a placeholder such as example.com."""
    try:
        return bool(_SAMPLE.fullmatch(urlsplit(link).hostname or ""))
    except ValueError:
        return False


def mistake_of(link: str, today: date) -> tuple[str, str] | None:
    """(problem, cure) of a link; None if nothing is wrong with it."""
    if not _WELL.match(link):
        return "is no link", "Write https://…"
    if stuck := _CHINESE.search(link):
        return f"has {stuck[0]!r} stuck to it", "Put a space between the link and the words"
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").lower()
    except ValueError:
        return "is no link", "Write https://…"
    if _is_private(host):
        return "is reached from your own network only", "Write the public address"
    if not _is_host(host):
        return "is no link", "Write https:// and a whole name like shop.your-company.cn"
    if parts.scheme.lower() == "http":
        return "is not encrypted, and WeChat warns of it", "Write https://"
    if day := _expired(parts, today):
        return f"expired on {day}", "Make a new one, or take it out"
    return None


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return bool(_PRIVATE.fullmatch(host))


def _is_host(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return bool(_HOST.fullmatch(host))


def _expired(parts: SplitResult, today: date) -> str:
    """When a link ended, if before `today`: the day or the year that its parameters, or the
    address of a campaign, tell; "" if none does."""
    for key, value in parse_qsl(parts.query):
        if _EXPIRY.fullmatch(key) and (day := _parsed(value)) and day < today:
            return day.isoformat()
        if key == "tempkey" and parts.hostname == "mp.weixin.qq.com":
            return "the day it was made: a preview (tempkey)"
    address = f"{parts.hostname}{parts.path}?{parts.query}"
    if not _CAMPAIGN.search(address):
        return ""
    for found in _STAMP.finditer(address):
        if (day := _parsed(found[0])) and day < today:
            return day.isoformat()
    for found in _IN_YEAR.finditer(address):
        if int(found[1]) < (today - _GRACE).year:
            return found[1]
    return ""


def _parsed(value: str) -> date | None:
    """The day at the beginning of `value` (2026-06-18, 20260618), or of a Unix time in seconds or
    milliseconds; None: neither."""
    if _EPOCH.fullmatch(value):
        return datetime.fromtimestamp(int(value[:10]), UTC).date()
    found = _STAMP.match(value)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
