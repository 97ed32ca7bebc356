"""The customer groups (客户群) of the demo's company, each with weeks of history."""

from bot.mockwecom.corp import MockCorp

NEW, STEADY, GROWING = "wrDemoFlash", "wrDemoWelfare", "wrDemoMums"
QUIET = "wrDemoStudy"
GROUPS = {
    NEW: "周五秒杀群",
    STEADY: "福利一群",
    GROWING: "宝妈成长群",
    QUIET: "七天打卡学习群",
}
PAST_DAYS = 60
FAN = "wmDemoFan{:02}"  # their ids
FANS = (
    *("周小雨", "吴阿宁", "郑大海", "可可", "米粒妈妈", "许老师", "沈同学", "韩姐"),
    *("杨杨", "老朱", "秦一一", "何阿姨", "豆豆妈", "陆太太", "安安", "南瓜"),
)


def gather(corp: MockCorp, busy: str, quiet: str) -> None:
    """
    Args:
        busy: the member whose groups are active.
        quiet: the member in whose group nobody writes any more. WeCom counts messages by owner.
    """
    for chat in GROUPS:
        corp.add_group(quiet if chat == QUIET else busy, GROUPS[chat], chat)
    people = [corp.add_customer(FAN.format(number), name) for number, name in enumerate(FANS)]
    corp.add_group_day(NEW, 3, people[:4], wrote={busy: 4, people[0]: 3})
    corp.add_group_day(NEW, 1, people[4:6], wrote={busy: 2, people[5]: 5})
    corp.add_group_day(STEADY, PAST_DAYS, people[3:12])
    corp.add_group_day(GROWING, PAST_DAYS // 2, people[9:12])
    for ago in range(PAST_DAYS - 1, 0, -1):
        talkers = people[3 + ago % 3 : 12 : 3]
        corp.add_group_day(STEADY, ago, wrote={busy: 2, **dict.fromkeys(talkers, 1 + ago % 3)})
    for ago in range(12, 0, -3):
        corp.add_group_day(GROWING, ago, [people[11 + ago // 3]], wrote={people[9 + ago % 2]: 6})
    corp.add_group_day(QUIET, PAST_DAYS, people[:5], wrote={quiet: 7, people[3]: 9})
    corp.add_group_day(QUIET, PAST_DAYS // 2, wrote={quiet: 1})
