"""People besides those of the story: colleagues, stores, and customers with their words."""

from dataclasses import dataclass
from typing import Final

from bot.demo.stage import LIMING, WANGFANG
from bot.stores.store import Store

SUNQI: Final = "sunqi"  # moves to another store and hands over her customers
ZHAOXUE, QIANDUO, CHENJIE, ZHOUTING = "zhaoxue", "qianduo", "chenjie", "zhouting"
WUHAO, ZHENGYI, FENGCHEN, LINLAN, HEFEI = "wuhao", "zhengyi", "fengchen", "linlan", "hefei"
COLLEAGUES: Final = {
    SUNQI: "孙琪", ZHAOXUE: "赵雪", QIANDUO: "钱多多", CHENJIE: "陈洁", ZHOUTING: "周婷",
    WUHAO: "吴昊", ZHENGYI: "郑怡", FENGCHEN: "冯晨", LINLAN: "林岚", HEFEI: "何飞",
}  # fmt: skip
MEMBERS: Final = (LIMING, WANGFANG, *COLLEAGUES)


def _store(number: str, name: str, city: str, place: str, member: str) -> Store:
    return Store(
        id=number, name=name, members={member: ""} if member else {}, tags=(city,),
        values={
            "city": city, "address": place, "phone": f"400-800-12{number[-2:]}",
            "hours": "10:00–22:00", "offer": "会员日双倍积分",
        },
    )  # fmt: skip


STORES: Final = (
    _store("CD001", "春熙路店", "成都", "锦江区总府路 15 号", HEFEI),
    _store("HZ001", "文三路店", "杭州", "西湖区文三路 100 号", LIMING),
    _store("HZ002", "城西银泰店", "杭州", "拱墅区丰潭路 380 号", ZHAOXUE),
    _store("HZ003", "西溪天街店", "杭州", "西湖区双龙街 99 号", QIANDUO),
    _store("NB001", "天一广场店", "宁波", "海曙区中山东路 188 号", FENGCHEN),
    _store("NJ001", "新街口店", "南京", "秦淮区汉中路 89 号", ZHENGYI),
    _store("SH001", "虹口龙之梦店", "上海", "虹口区西江湾路 388 号", CHENJIE),
    _store("SH002", "徐家汇店", "上海", "徐汇区肇嘉浜路 1111 号", ZHOUTING),
    _store("SH003", "五角场店", "上海", "杨浦区淞沪路 77 号", WUHAO),
    _store("SZ001", "观前街店", "苏州", "姑苏区观前街 245 号", WANGFANG),
    _store("SZ002", "园区时代店", "苏州", "工业园区苏雅路 158 号", ""),
    _store("WX001", "三阳广场店", "无锡", "梁溪区人民中路 127 号", LINLAN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """
    Attributes:
        day: day of the three weeks, from 1.
        by: the state of a channel's code; "" = by a search or a card.
    """

    name: str
    member: str
    day: int
    by: str = ""

    @property
    def id(self) -> str:
        return f"wmDemo{self.member.title()}{self.day:02}{self.by[:4]}"


def _came(member: str, by: str, **names: int) -> tuple[Newcomer, ...]:
    return tuple(Newcomer(name=name, member=member, day=day, by=by) for name, day in names.items())


NEWCOMERS: Final = (
    *_came(LIMING, "store_7", 陈姐=1, 叶小禾=3, 顾先生=6, 小满妈妈=10, 阮老师=17, 桃子=20),
    *_came(WANGFANG, "live_spring", 罗姐=1, 年糕妈妈=4, 阿狸=8, 汤圆妈=13, Vivian=18, 橙子=21),
    *_came(WANGFANG, "parcel_card", 老魏=2, 孟阿姨=9, 冬瓜=15),
    *_came(ZHAOXUE, "live_spring", 丁丁妈=2, 小谢同学=5, 梁小姐=11),
    *_came(QIANDUO, "mall_popup", 潘潘=3, 唐女士=7, 果果=14),
    *_came(CHENJIE, "parcel_card", 白一一=1, 钟太太=6),
    *_came(SUNQI, "", 周姐=1, 阿敏=2, 老陈=3, Lucy妈妈=4),
    *_came(ZHOUTING, "", 恩恩=2, 糖豆=5), *_came(WUHAO, "", 洋洋=4, 石头=9),
    *_came(ZHENGYI, "", 金大海=3, 可乐=8), *_came(FENGCHEN, "", 蔡老师=2, 小鹿=7),
    *_came(LINLAN, "", 方圆=5, 悠悠=6), *_came(HEFEI, "", 蓉蓉=4, 麦子=7),
)  # fmt: skip
_IDS: Final = {one.name: one.id for one in NEWCOMERS}
LEFT: Final = {"汤圆妈": 16, "石头": 12}  # who removed their member on which day

# Who asks what at customer service, in turn; often no script answers the last of a day yet.
ASKED: Final = (
    "什么时候发货", "宝宝一岁穿多大码", "怎么退货", "包邮吗", "婴儿面霜几个月能用", "能开发票吗",
    "快递到哪了", "可以到店自提吗", "尺码偏大还是偏小", "退款多久到账", "会员有什么好处",
    "有什么新款", "衣服会缩水吗", "能换个大一码的吗", "物流好几天没动了", "今天几点开门",
    "是纯棉的吗", "积分怎么用", "优惠券用不了", "怎么进群", "能加急发货吗", "可以礼品包装吗",
    "少发了一件", "有停车场吗",
)  # fmt: skip
UNKNOWN: Final = (
    "可以带狗进店吗", "能不能刻名字", "店里可以带宠物吗", "杯子可以刻字吗", "想在你们那办生日会",
    "带狗狗进去可以吗", "支持刻字定制吗", "可以包场办活动吗", "猫可以带进店吗",
    "礼盒上能印公司logo吗", "杯子上想刻个名字", "有没有周末的手作课",
)  # fmt: skip
TALK: Final = (
    "早上好呀",
    "今天降温了，记得加衣服",
    "娃昨晚又没睡好",
    "周末去哪里玩",
    "收到啦，好看",
)
CLUBS: Final = {  # customer groups: name, owner, and whose customers join
    "wrDemoYintai": ("银泰会员福利群", ZHAOXUE, (ZHAOXUE, SUNQI)),
    "wrDemoCraft": ("周末手作群", SUNQI, (SUNQI,)),  # goes with her customers
    "wrDemoEast": ("华东门店会员群", CHENJIE,
                   (CHENJIE, ZHOUTING, WUHAO, ZHENGYI, FENGCHEN, LINLAN, HEFEI)),
}  # fmt: skip
INVITED: Final = ("陈姐", "顾先生", "老魏", "小满妈妈")  # into 李明's welfare group
ANSWERS: Final = (
    "您好，我问过店长了：可以的，您到店找我就行。", "这个目前做不了，不好意思，我记下来跟总部提。",
    "您稍等，我查好马上回您。", "可以的，我给您留一份，您周末来取。",
)  # fmt: skip
TAPPED: Final = (  # a question to a member, the script that answers it, the words sent
    ("宝宝一岁穿多大码呀", "faq/size_kids", "一岁的宝宝一般穿 80 码，喜欢宽松就选 90。"),
    ("上次那款还有货吗", "faq/stock", "我帮您看一下库存，您说的是哪个颜色？"),
    ("周末你们几点开门", "faq/store_hours", "每天 9:00–21:00 都在，周末也一样。"),
    ("退货地址发我一下", "faq/return_address", "退货地址在订单详情里，点「申请退货」就能看到。"),
    ("会员日是哪天", "news/member_day", "每月 18 号是会员日，当天积分双倍。"),
)
LATE: Final = (CHENJIE, ZHOUTING, WUHAO)  # who do not confirm the campaign of the stores
SCOLDING: Final = "退款说好三天，都一周了，你们是骗子吗，我要去消协投诉"
BOUGHT: Final[dict[str, dict[int, tuple[float, str]]]] = {  # who pays how much for what, by day
    "陈姐": {2: (268.0, "milk-1"), 10: (199.0, "shoes-13"), 19: (268.0, "milk-1")},
    "罗姐": {5: (1280.0, "coat-9")},
    "丁丁妈": {6: (159.0, "shoes-13")}, "金大海": {9: (89.0, "cup-2")},
    "年糕妈妈": {11: (329.0, "milk-3")}, "蔡老师": {12: (76.0, "towel-4")},
    "潘潘": {14: (459.0, "coat-2")}, "白一一": {16: (219.0, "shoes-11")},
    "小满妈妈": {18: (329.0, "milk-3")},
}  # fmt: skip
OPTED_OUT: Final = {"老魏": 10, "可乐": 14}


def customer(name: str) -> str:
    """The external_userid of one of them."""
    return _IDS[name]
