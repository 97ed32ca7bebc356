"""A store, and what scripts may say of it. Values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from bot.scripts.checks.fallbacks import unguarded
from bot.scripts.script import Script
from bot.scripts.templates import VARIABLES
from bot.touch.policy import Refuse

# What a worksheet may call the columns; the first is how we write it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("编号", "门店编号", "id"),
    "name": ("店名", "门店", "门店名称", "name"),
    "members": ("成员", "导购", "账号", "members"),
    "tags": ("标签", "区域", "tags"),
    "persona": ("署名", "人设", "persona"),
    "tone": ("称呼", "口吻", "tone"),
    "city": ("城市", "city"),
    "address": ("地址", "address"),
    "phone": ("电话", "phone"),
    "hours": ("营业时间", "hours"),
    "manager": ("店长", "manager"),
    "parking": ("停车", "parking"),
    "transport": ("交通", "怎么去", "transport"),
    "offer": ("本店优惠", "优惠", "offer"),
    "link": ("链接", "小程序", "link"),
    "extra": ("补充", "其他", "extra"),
}
OWN = tuple(name for name in COLUMNS if name not in ("id", "members", "tags", "persona"))
TITLES: Mapping[str, str] = {name: titles[0] for name, titles in COLUMNS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    id: str
    name: str
    members: Mapping[str, str] = field(default_factory=dict)  # userid → their own persona, or ""
    tags: tuple[str, ...] = ()
    persona: str = ""  # who speaks, where a member has none of their own; "" = the script's
    values: Mapping[str, str] = field(default_factory=dict)  # of OWN except name; none is empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How somebody speaks: as which store, as which persona."""

    store: str = ""  # id; "" = of no store
    values: Mapping[str, str]  # {{ store.… }}, each of them there, "" where it is not known
    persona: str = ""


_NOTHING: Mapping[str, str] = MappingProxyType(dict.fromkeys(VARIABLES["store"], ""))
NO_VOICE = Voice(values=_NOTHING)
TRIED: Mapping[str, str] = {  # an invented store, where words are tried out
    **{name: f"（{title}）" for name, title in TITLES.items() if name in _NOTHING},
    "name": "示例店", "address": "示例路 1 号", "phone": "400-000-0000", "hours": "10:00-22:00",
}  # fmt: skip


def values_of(store: Store) -> Mapping[str, str]:
    """What `{{ store.… }}` stands for."""
    return {**_NOTHING, **store.values, "id": store.id, "name": store.name}


def lacking(script: Script, values: Mapping[str, str]) -> tuple[str, ...]:
    """What `script` says of a store that these `values` do not have. Whatever it has other words
    for (`{{ store.phone or "…" }}`) is not lacking."""
    needed = {name for variant in script.say for name in _needed(variant.source)}
    return tuple(sorted(name for name in needed if not values.get(name)))


@lru_cache(256)
def _needed(source: str) -> frozenset[str]:
    if "store." not in source:
        return frozenset()
    found = (name.partition(".") for name in unguarded(source))
    return frozenset(name for variable, _, name in found if variable == "store" and name)


def unsaid(missing: Sequence[str]) -> Refuse:
    """Why a store's mass message is not made: customers would read a gap."""
    titles, names = "、".join(TITLES[one] for one in missing), ", ".join(missing)
    return Refuse(
        "store_words",
        f"门店资料缺{titles}，话术要用：补上再导入",
        f"the script needs {names} of the store: add it to the file of stores, and import it",
    )
