"""How the company grows: those who may add colleagues, stores, channel codes, tags and rules."""

from datetime import timedelta
from pathlib import Path
from shutil import copytree

from bot.demo.company.clerk import Clerk
from bot.demo.company.life import Life
from bot.demo.company.people import COLLEAGUES, STORES, ZHAOXUE
from bot.demo.groups import FAN, GROWING, STEADY
from bot.demo.stage import LIMING, WANGFANG, Stage
from bot.store.customers.cases import Cases
from bot.store.desk.staff import Role
from bot.store.stores.stores import StoreTable

FOLDER = Path(__file__).with_name("config")
TAGS = {
    "等级": ("VIP", "会员"), "兴趣": ("宝妈", "关注奶粉"),
    "来源": ("门店", "直播间", "包裹卡"), "状态": ("已购", "退换过", "不发活动"),
}  # fmt: skip
WELCOME = """
[welcomes.all]
script = "group/welcome"
"""
TAKEN_UP = ("channels", "tags.rules", "groups.rules", "moments.rules", "plans", "stores")


async def grow(life: Life, admin: Clerk) -> None:
    """Set all of it up before the weeks begin."""
    stage = life.stage
    office = stage.assistant.office
    for group, names in TAGS.items():
        for name in names:
            await stage.corp.console_adds_tag(group, name)
    for userid, name in COLLEAGUES.items():
        stage.corp.add_member(userid, name)
        role = Role.OPERATOR if userid == ZHAOXUE else Role.MEMBER
        person = {"id": userid, "name": name, "role": f"{role:d}", "leader": WANGFANG}
        await admin.posts("/console/people", person | {"active": "1"})
    await StoreTable(office.database).put(STORES, [], stage.clock.timestamp())
    copytree(FOLDER, office.settings.root / "config", dirs_exist_ok=True)
    with (office.settings.root / "config/groups.toml").open("a", encoding="utf-8") as file:
        file.write(WELCOME)
    for sweep in TAKEN_UP:
        await stage.assistant.sweep(sweep)
    await _since_the_story(stage)
    await _settle_the_complaint(life, admin)


async def _since_the_story(stage: Stage) -> None:
    """Make up for the clock's leap to the festival: groups were not silent meanwhile."""
    began = stage.corp.calls[0].at.astimezone(stage.clock.now().tzinfo)
    gap = (stage.clock.now() - began) // timedelta(days=1)
    for ago in range(gap, -1, -1):
        talkers = [FAN.format(number) for number in range(3 + ago % 3, 12, 3)]
        wrote = {LIMING: 2, **dict.fromkeys(talkers, 1 + ago % 3)}
        stage.corp.add_group_day(STEADY, ago, wrote=wrote)
        if ago % 3 == 0:
            stage.corp.add_group_day(GROWING, ago, wrote={FAN.format(9 + ago % 2): 4})


async def _settle_the_complaint(life: Life, admin: Clerk) -> None:
    """Close 老张's complaint of the story; 王芳 has answered it."""
    for case in await Cases(life.stage.assistant.office.database).open(None):
        path = f"/console/complaints/{case.seq}/close"
        await admin.posts(path, {"why": "已全额退款并补发，客户接受", "lift": "yes"})
