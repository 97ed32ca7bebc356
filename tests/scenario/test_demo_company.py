"""The demo's company after some weeks: WeCom finds no fault, and no page is empty."""

import math
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.clock import MovableClock
from bot.demo.company import furnish
from bot.demo.company.people import customer
from bot.demo.exchange import Exchange
from bot.demo.stage import LIMING, WANGFANG, Stage, open_stage
from bot.demo.story import Story
from bot.store.desk.staff import Role
from bot.web.console.nav import NAV
from tests.demo import STORY
from tests.pages import visiting

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Lived:
    """The story, and the weeks after it."""

    stage: Stage
    told: list[Exchange]
    calls: int  # of the story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    told: list[Exchange] = []
    root = tmp_path_factory.mktemp("lived") / "company"
    async with open_stage(root, port=0, mock_port=0, quick=True, clock=MovableClock()) as stage:
        await Story(stage=stage, show=told.append, speed=math.inf).play()
        calls = len(stage.corp.calls)
        await furnish(stage)
        yield Lived(stage, told, calls)


async def test_wecom_finds_nothing_wrong_with_the_bot_in_the_whole_story(lived: Lived) -> None:
    assert len(lived.told) == len(STORY)
    assert lived.stage.corp.refusals == []
    # A member without customers is none of the bot's mistakes (doc 92113).
    calls = lived.stage.corp.calls[: lived.calls]
    codes = [call.errcode for call in calls if call.api != "externalcontact/list"]
    assert [code for code in codes if code] == [41050]  # on purpose


async def test_a_machine_that_stood_still_for_a_second_ended_the_demo_at_its_start(
    lived: Lived,
) -> None:
    """As WeCom does, the mock gave the bot, in the same process, a second to prove its address."""
    rules = lived.stage.corp.rules
    assert (rules["verify_timeout_s"], rules["push_timeout_s"]) == (60, 60)


SHOWN = {  # what a newcomer finds on each page of the console
    "/console": ("春装到店", "退订", "件投诉还没人回"),
    "/console/todos": ("顾先生投诉了", "一条群发没有建成"),
    "/console/scripts": (),
    "/console/unanswered": (),
    "/console/moments": (),
    "/console/scripts?state=submitted": ("停车",),
    "/console/unanswered/topics": ("刻字", "宠物"),
    "/console/plans": ("买后回访", "春季到店", "已暂停"),
    "/console/moments?member=liming": ("先发 1 条人设内容就可以发", "等审批", "今天开门前"),
    "/console/customers": ("陈姐", "投诉", "退订", "VIP", "忠诚", "成交", "新客"),
    "/console/customers/tags": ("退换过",),
    "/console/customers/sync": ("完成", "蓉蓉", "麦子", "何飞", "已不是好友"),
    "/console/segments": ("加了一周以上",),
    "/console/brakes": ("孟阿姨", "老魏"),
    "/console/channels": ("春季直播间",),
    "/console/referral": ("春季老带新",),
    "/console/referral/spring": ("陈姐", "小林", "乐乐", "等人看"),
    "/console/answers": ("学步鞋断码了", "客户在和同事聊", "请人接待：投诉"),
    "/console/groups": ("银泰会员福利群", "周末手作群", "下载关键词规则"),
    "/console/groups/wrDemoMums": ("一岁半的宝宝穿多大码呀", "已发", "问我们的", "和企业微信一致"),
    "/console/groups?kind=growth": ("成长群的节目",),
    "/console/groups/questions": ("新款周五上午十点上架", "秒杀的杯子还有货吗"),
    "/console/stores": (*("徐家汇店", "没确认", "已完成", "门店没有成员", "建任务失败 (1)"),),
    "/console/complaints": ("顾先生", "12315"),
    "/console/complaints?state=closed": ("孟阿姨", "退款当天到账"),
    "/console/handovers": (
        *("孙琪", "等客户 24 小时：1", "客户拒绝：1", "接替同事已满：1", "已接替：3"),
    ),
    "/console/outbox": ("会员日",),
    "/console/data": ("开始导出", "唤醒名单"),
    "/console/doctor": ("开始检查",),
    "/console/settings": ("免打扰",),
    "/console/people": ("孙琪", "赵雪"),
    "/console/audit": ("等总部定今年的活动",),
}
BESIDE = {  # and a member beside the chats
    "/console": ("给您留一双", "顾先生"),
    "/sidebar/now?customer={chen}": (
        "学步鞋断码了，还会有货吗",
        "什么时候补货",
    ),
    "/sidebar/may?customer=wmDemoFriend04": ("正在发，群发要等成员确认 · 试了不合适可以退",),
    "/sidebar/scripts?customer={chen}": ("童装多大穿什么码",),
    "/sidebar/customer?customer={chen}": (
        "孩子一岁半",
        "138****5678",
        "忠诚",
        "学步鞋 13 码",
        "同意用",
    ),
    "/sidebar/todo?customer={chen}": ("给您留一双", "顾先生投诉了", "问问鞋子合不合脚"),
    "/sidebar/group?chat=wrDemoWelfare": ("什么时候上新款呀", "顾先生", "VIP"),
}


async def test_a_newcomer_finds_something_on_every_page(lived: Lived) -> None:
    bot, chen = lived.stage.assistant, customer("陈姐")
    assert {item.path for item in NAV} <= {path.partition("?")[0] for path in SHOWN}
    async with visiting(bot, WANGFANG, Role.ADMIN) as pages:
        for path, words in SHOWN.items():
            page = await pages.text(path)
            assert [one for one in words if one not in page] == [], path
            assert 'class="empty"' not in page, path
    async with visiting(bot, LIMING, leader=WANGFANG) as pages:
        for path, words in BESIDE.items():
            page = await pages.part(path.format(chen=chen))
            assert [one for one in words if one not in page] == [], path
    assert lived.stage.corp.refusals == []
