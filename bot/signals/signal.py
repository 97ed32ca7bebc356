"""What the shop's system may tell us, and what we answer: the only definition of both.

Requests are checked against these classes while they are read, and the OpenAPI document is made
of them, so the two cannot drift apart.
"""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, DecodeError, Meta, Struct, UnsetType, ValidationError
from msgspec.json import Decoder

from bot.errors import BadSignal

KINDS = {
    "order_paid": "paid for an order 付款",
    "page_viewed": "looked at a page 浏览页面",
    "coupon_used": "used a coupon 用券",
    "shop_left": "left the shop 离店",
    "refund_asked": "asked for a refund 申请退款",
    "subscription_renewed": "renewed a subscription 续订",
}
OWN = "x_[a-z0-9_]{1,40}"  # kinds of the company's own
MOST = 2**53  # beyond it, JSON numbers mean different things to different readers
# Behind "$" Python lets one more line break pass; (?!\n) does not, and means nothing elsewhere.
_END = r"(?!\n)$"
_PHONE = r"^(?:\+|00)?[0-9](?:[ -]?[0-9]){5,16}"

Kind = Annotated[str, Meta(pattern=rf"^(?:{'|'.join(KINDS)}|{OWN}){_END}", max_length=42)]
Id = Annotated[str, Meta(pattern=rf"^[A-Za-z0-9_-]{{1,64}}{_END}", max_length=64)]
Phone = Annotated[str, Meta(pattern=_PHONE + _END, max_length=40)]
Text = Annotated[str, Meta(pattern=r"^[^\u0000]*$", max_length=500)]
Name = Annotated[str, Meta(pattern=rf"^[a-z][a-z0-9_]{{0,39}}{_END}", max_length=40)]
Value = (
    bool
    | Annotated[int, Meta(ge=-MOST, le=MOST)]
    | Annotated[float, Meta(ge=-MOST, le=MOST)]
    | Text
    | Annotated[list[Text], Meta(max_length=50)]
    | None
)


class Person(Struct, frozen=True, forbid_unknown_fields=True):
    """Who it is, by at least one of these; the first that we know decides."""

    external_userid: Annotated[
        Id | UnsetType, Meta(description="WeCom's id of the customer (wm…)", examples=["wmAb12"])
    ] = UNSET
    unionid: Annotated[
        Id | UnsetType, Meta(description="Of the WeChat account, as the mini program knows it")
    ] = UNSET
    phone: Annotated[
        Phone | UnsetType, Meta(description="Digits with + or 00, blanks and hyphens between")
    ] = UNSET

    def __post_init__(self) -> None:
        if not (self.external_userid or self.unionid or self.phone):
            raise ValueError("needs external_userid, unionid or phone")


class Signal(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that happened in the shop."""

    kind: Annotated[
        Kind, Meta(description="; ".join(f"{kind}: {what}" for kind, what in KINDS.items()))
    ]
    at: Annotated[
        datetime,
        Meta(tz=True, description="When it happened, with a time zone. What is still to come "
             "counts as now", examples=["2026-05-17T14:03:00+08:00"]),
    ]  # fmt: skip
    customer: Person
    details: Annotated[
        dict[Name, Value],
        Meta(max_length=32, description="What rules may ask for and to-dos may show",
             examples=[{"order": "A1001", "amount": 199.0, "sku": ["milk-3"]}]),
    ] = {}  # fmt: skip


class Accepted(Struct, frozen=True):
    """It is on disk."""

    id: str
    customer: Annotated[
        Literal["known", "unknown"],
        Meta(description="unknown: kept, and acted on once such a customer appears"),
    ]
    duplicate: Annotated[bool, Meta(description="This key was here before; nothing was done")]


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why it was refused (RFC 9457), for whoever programs the shop."""

    type: str
    title: str
    status: int
    detail: str
    detail_zh: str
    field: str = ""


_decoder = Decoder(Signal)
_AT = re.compile(r" - at `(?:key` in `)?\$\.?([^`]*)`$")
_NAMED = re.compile(r"Object (contains unknown|missing required) field `(.*)`", re.DOTALL)
_TIME = "2026-05-17T14:03:00+08:00"
_CURES = {  # of what a pattern cannot say: in English, in Chinese
    "kind": (f"one of {', '.join(KINDS)}, or x_ and a word of your own",
             f"取 {'、'.join(KINDS)} 之一，或 x_ 加自定义的词"),
    "at": (f"a time with its zone, like {_TIME}", f"带时区的时间，例如 {_TIME}"),
    "customer": ("an object with external_userid, unionid or phone",
                 "对象，至少含 external_userid、unionid、phone 之一"),
    "customer.phone": ("6 to 17 digits, like +86 138 0013 8000",
                       "6 到 17 位数字，例如 +86 138 0013 8000"),
    "customer.external_userid": ("1 to 64 letters, digits, _ and -", "1 到 64 个字母、数字、_、-"),
    "customer.unionid": ("1 to 64 letters, digits, _ and -", "1 到 64 个字母、数字、_、-"),
    "details": (
        "up to 32 names (a-z, 0-9, _) with texts of up to 500 characters, numbers, true or "
        "false, or lists of up to 50 texts",
        "最多 32 项，名称用小写字母、数字、下划线；值为 500 字以内的文本、数字、true/false，"
        "或最多 50 个文本",
    ),
    "": ("an object with kind, at, customer and details", "对象，含 kind、at、customer、details"),
}  # fmt: skip


def read_signal(body: bytes) -> Signal:
    """
    Raises:
        BadSignal: it is no such thing; names the field.
    """
    try:
        return _decoder.decode(body)
    except ValidationError as error:
        raise _unfit(str(error)) from None
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = str(error) if isinstance(error, DecodeError) else "not UTF-8, or too deep"
        raise BadSignal(
            "bad_json", 400, f"The body is no JSON: {told}", "请求体不是合法的 JSON", "body"
        ) from None


def _unfit(told: str) -> BadSignal:
    """msgspec's complaint, by field, and what would be right."""
    place = _AT.search(told)
    field = place[1].split("[")[0] if place else ""
    en, zh = _AT.sub("", told), "不合规定"
    if named := _NAMED.match(en):
        field = ".".join(filter(None, (field, named[2][:60])))
        unknown = named[1].startswith("contains")
        en, zh = ("unknown field", "没有这个字段") if unknown else ("is missing", "缺少")
    elif "regex" in en:
        en = "has the wrong form"
    right = _CURES.get(field) or _CURES.get(field.rpartition(".")[0]) or _CURES[""]
    name = field or "body"
    return BadSignal("invalid", 422, f"{name}: {en}. Write {right[0]}",
                     f"{name}：{zh}。应为{right[1]}", name)  # fmt: skip


def schemas() -> dict[str, Any]:
    """The JSON Schemas of all this, by name."""
    from msgspec.json import schema_components

    _, components = schema_components(
        (Signal, Accepted, Problem), ref_template="#/components/schemas/{name}"
    )
    components["Person"]["minProperties"] = 1  # __post_init__ says it to Python
    return components
