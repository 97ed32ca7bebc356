"""What kinds of groups (群类型) and stages there are, and their names for people."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    FLASH = "flash"
    WELFARE = "welfare"
    GROWTH = "growth"
    LEARNING = "learning"
    VIP = "vip"
    STORE = "store"


class Stage(StrEnum):
    NEW = "new"
    GROWING = "growing"
    MATURE = "mature"
    SILENT = "silent"
    CLOSING = "closing"


KINDS: Mapping[str, str] = {
    "": "未分类 none",
    Kind.FLASH: "快闪群 flash",
    Kind.WELFARE: "福利群 welfare",
    Kind.GROWTH: "成长群 growth",
    Kind.LEARNING: "学习群 learning",
    Kind.VIP: "VIP 群 vip",
    Kind.STORE: "门店群 store",
}
STAGES: Mapping[str, str] = {
    "": "还没判断 not judged",
    Stage.NEW: "新群 new",
    Stage.GROWING: "成长期 growing",
    Stage.MATURE: "成熟期 mature",
    Stage.SILENT: "沉寂 silent",
    Stage.CLOSING: "收尾 closing",
}
