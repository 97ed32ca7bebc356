"""Every page as a scene: for screenshots, for axe, and for what does not fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from bot.store.desk.staff import Role

Theme = Literal["light", "dark"]
Language = Literal["zh", "en"]
PHONE, DESK = 375, 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """
    Attributes:
        role: who looks; None is a stranger.
        who: userid; a member sees what is theirs.
        steps: what they do: selectors with what they fill in or choose; "" is a click.
        seen: a selector for the result.
    """

    name: str
    path: str
    role: Role | None = Role.ADMIN
    who: str = "boss"
    steps: tuple[tuple[str, str], ...] = ()
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    width: int
    theme: Theme
    language: Language

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}-{self.language}"


FIRST = (
    ("#f-title", "三八节问候"),
    ("#f-scenario", "holiday"),
    ("#f-script", "holiday/mothers_day"),
    ("button[value='2']", ""),
)
SECOND = (*FIRST, ("#f-date", "2026-03-08"), ("button[value='3']", ""))
POSTS = (
    ("#f-title", "春季话题"), ("#f-kind", "group"), ("#f-scenario", "reminder"),
    ("#f-find", "宝妈"), ("form:has(#chats [hidden]:not(:visible)) [data-ticks]", ""),
    ("button[value='2']", ""), ("[name='say1']", "group/show"),
    ("[name='mode1'][value='weekly']", ""), ("[name='weekday1'][value='tue']", ""),
)  # fmt: skip
SCENES = (
    Scene(name="login", path="/login", role=None),
    Scene(name="overview", path="/console"),
    Scene(name="mine", path="/console", role=Role.MEMBER, who="liming"),
    Scene(name="scripts", path="/console/scripts"),
    Scene(name="script", path="/console/scripts/script?id=faq/invoice"),
    Scene(name="script-edit", path="/console/scripts/edit?id=faq/invoice"),
    Scene(name="plans", path="/console/plans"),
    Scene(name="plan-new", path="/console/plans/new"),
    Scene(name="plan-when", path="/console/plans/new", steps=FIRST, seen="#f-from"),
    Scene(name="plan-look", path="/console/plans/new", steps=SECOND, seen=".note.good"),
    Scene(name="plan-posts", path="/console/plans/new", steps=POSTS, seen=".post"),
    Scene(
        name="plan-posts-look",
        path="/console/plans/new",
        steps=(*POSTS, ("button[value='3']", "")),
        seen=".note.good",
    ),
    Scene(
        name="plan-pause",
        path="/console/plans",
        steps=(("[hx-get$='shop_birthday/pause']", ""),),
        seen="#sheet form",
    ),
    Scene(name="plan", path="/console/plans/shop_birthday"),
    Scene(name="plan-change", path="/console/plans/visit/change"),
    Scene(
        name="plan-steps",
        path="/console/plans/visit/change",
        steps=(("button[value='2']", ""),),
        seen="#f-from1",
    ),
    Scene(
        name="plan-changed",
        path="/console/plans/visit/change",
        steps=(("button[value='2']", ""), ("#f-day1", "2"), ("button[value='3']", "")),
        seen=".note.good",
    ),
    Scene(name="moments", path="/console/moments?member=liming"),
    Scene(name="moment", path="/console/moments/post/m9"),
    Scene(name="moment-new", path="/console/moments/new?member=liming"),
    Scene(name="customers", path="/console/customers"),
    Scene(name="customer-copy", path="/console/customers/wm1/copy"),
    Scene(name="customer-erase", path="/console/customers/wm1/erase"),
    Scene(name="customer-tags", path="/console/customers/tags"),
    Scene(name="customer-sync", path="/console/customers/sync"),
    Scene(name="customer-import", path="/console/customers/import"),
    Scene(name="channels", path="/console/channels"),
    Scene(name="channel", path="/console/channels/store_7"),
    Scene(name="referrals", path="/console/referral"),
    Scene(name="referral", path="/console/referral/spring"),
    Scene(name="groups", path="/console/groups"),
    Scene(name="stores", path="/console/stores"),
    Scene(name="group", path="/console/groups/wrMothers"),
    Scene(name="group-posts", path="/console/groups/wrShop"),
    Scene(name="groups-kind", path="/console/groups?kind=growth"),
    Scene(name="group-questions", path="/console/groups/questions"),
    Scene(name="customer", path="/console/customers/wm1"),
    Scene(
        name="side-todo",
        path="/sidebar?customer=wm1&tab=/sidebar/todo",
        role=Role.MEMBER,
        who="liming",
    ),
    Scene(
        name="side-group",
        path="/sidebar?chat=wrMothers&tab=/sidebar/group",
        role=Role.MEMBER,
        who="liming",
    ),
    Scene(
        name="side-customer",
        path="/sidebar?customer=wm1&tab=/sidebar/customer",
        role=Role.MEMBER,
        who="liming",
    ),
    Scene(
        name="side-answers",
        path="/sidebar?chat=wrMothers&tab=/sidebar/group",
        role=Role.MEMBER,
        who="liming",
        steps=(("[hx-get^='/sidebar/group/answers']", ""),),
        seen=".answers",
    ),
    Scene(
        name="side-own",
        path="/sidebar?customer=wm1&tab=/sidebar/scripts",
        role=Role.MEMBER,
        who="liming",
        steps=((".own .link", ""),),
        seen="#sheet form",
    ),
    Scene(name="segments", path="/console/segments"),
    Scene(name="complaints", path="/console/complaints"),
    Scene(name="complaint", path="/console/complaints/1"),
    Scene(name="complaint-sounds", path="/console/complaints/5"),
    Scene(name="brakes", path="/console/brakes"),
    Scene(
        name="brake-none",
        path="/console/brakes?kind=sounds",
        steps=(("[hx-get$='wmQuiet/opt_out']", ""),),
        seen="#sheet form",
    ),
    Scene(name="customer-sounds", path="/console/customers/wmCross"),
    Scene(
        name="side-sounds",
        path="/sidebar?customer=wmQuiet&tab=/sidebar/customer",
        role=Role.MEMBER,
        who="liming",
    ),
    Scene(
        name="side-cross",
        path="/sidebar?customer=wmCross",
        role=Role.MEMBER,
        who="liming",
    ),
    Scene(name="script-import", path="/console/scripts/import"),
    Scene(name="unanswered", path="/console/unanswered"),
    Scene(name="handovers", path="/console/handovers"),
    Scene(name="handover", path="/console/handovers/qi"),
    Scene(name="handover-new", path="/console/handovers/new?leaver=liming"),
    Scene(name="answers", path="/console/answers?from=2026-01-01&to=2026-12-31"),
    Scene(name="outbox", path="/console/outbox"),
    Scene(name="outbox-failed", path="/console/outbox?state=failed"),
    Scene(name="doctor", path="/console/doctor"),
    Scene(
        name="doctor-found",
        path="/console/doctor",
        steps=(("form.card .main", ""),),
        seen="#found .card",
    ),
    Scene(name="settings", path="/console/settings"),
    Scene(
        name="settings-caps",
        path="/console/settings",
        steps=(("[hx-get$='/caps/2020']", ""),),
        seen="#sheet .note",
    ),
    Scene(name="personas", path="/console/settings/personas"),
    Scene(name="words", path="/console/scripts/words"),
    Scene(name="settings-file", path="/console/settings/files/caps.toml"),
    Scene(name="data", path="/console/data"),
    Scene(name="data-leader", path="/console/data", role=Role.LEADER, who="zhouyu"),
    Scene(name="people", path="/console/people"),
    Scene(
        name="person-off",
        path="/console/people",
        steps=(("[hx-get$='=sunqi']", ""), ("#person-active", "0"), ("#sheet .main", "")),
        seen="#off-title",
    ),
    Scene(name="audit", path="/console/audit"),
    Scene(name="sidebar", path="/sidebar"),
    Scene(name="sidebar-now", path="/sidebar?customer=wm1", role=Role.MEMBER, who="liming"),
    Scene(
        name="sidebar-scripts",
        path="/sidebar?customer=wm1&tab=/sidebar/scripts",
        role=Role.MEMBER,
        who="liming",
        seen="[data-send] .when-held",  # it said 发送 outside WeCom, and copied
    ),
)


def looks() -> Iterator[Look]:
    for width, theme, language in product((PHONE, DESK), get_args(Theme), get_args(Language)):
        yield Look(width=width, theme=theme, language=language)
