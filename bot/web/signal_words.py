"""Says in words what a shop reported about a customer."""

from collections.abc import Mapping
from typing import Any

from bot.telling.words import Language

SIGNALS = {
    "order_paid": ("下单付款", "paid an order"),
    "page_viewed": ("看了页面", "looked at a page"),
    "coupon_used": ("用了优惠券", "used a coupon"),
    "shop_left": ("离开门店", "left the shop"),
    "refund_asked": ("申请退款", "asked for a refund"),
    "subscription_renewed": ("续费", "renewed"),
}
MOST = 4  # details shown
NAMES = {  # names of details; a company may use others
    "order": ("订单", "order"),
    "sku": ("商品", "item"),
    "reason": ("原因", "reason"),
    "page": ("页面", "page"),
    "coupon": ("优惠券", "coupon"),
    "shop": ("门店", "shop"),
    "store": ("门店", "shop"),
    "renews_on": ("到期", "renews on"),
    "birthday": ("生日", "birthday"),
}
MONEY = ("amount", "price", "paid", "refund", "total")  # in yuan


def details_told(details: Mapping[str, Any], language: Language) -> list[str]:
    """The first details, each with its name; sums as money."""
    told = []
    for name, value in details.items():
        if isinstance(value, list):
            value = ("、" if language == "zh" else ", ").join(map(str, value))
        if isinstance(value, bool) or value is None or value == "":
            continue
        if name in MONEY and isinstance(value, int | float):
            told.append(f"¥{value:,.2f}".removesuffix(".00"))
        else:
            zh, en = NAMES.get(name, (name, name))
            told.append(f"{zh if language == 'zh' else en} {value}")
    return told[:MOST]
