"""What can be promised with a figure, and how it is usually said. Data for promises.py.

Patterns are for texts made plain (`figures.plain`): no spaces, ASCII digits. They know only the
usual ways of saying it. What they do not know counts as no promise, so that two promises which
differ really are about the same thing.
"""

import re
from dataclasses import dataclass

from bot.scripts.checks.figures import NUMBER

_N = f"({NUMBER})"
_MONEY = rf"[￥¥]?{_N}(?:元|块钱?|圆)"
_FEE = "(?:运费|邮费|快递费|配送费)"
_CLOCK = r"(\d{1,2}(?::\d{2}|点半?)?)"
_FREE = "(?:全国|全场)?(?:包邮|免邮|免运费)"
_GIFT = "(?:新人|新客|首单|生日)(?:优惠)?(?:券|红包)"


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    words: re.Pattern[str]  # a title that has one of them names this topic
    pattern: re.Pattern[str]  # the figure itself; in SPANS: words that stand near the figure
    kinds: re.Pattern[str] | None  # what tells its promises apart; None: all words of the clause


def _topics(*rows: tuple[str, ...]) -> tuple[Topic, ...]:
    return tuple(
        Topic(name, re.compile(words), re.compile(found), re.compile(kinds[0]) if kinds else None)
        for name, words, found, *kinds in rows
    )


FIGURES = _topics(
    (
        "包邮门槛 free shipping",
        "包邮|免邮|运费|邮费",
        rf"满{_N}(?:元|块)?(?:[就即可都起]|以上)*{_FREE}",
    ),
    ("包邮门槛 free shipping", "包邮|免邮|运费|邮费", rf"{_MONEY}(?:以上|起)?{_FREE}"),
    (
        "运费 shipping fee",
        f"{_FEE}|包邮",
        rf"{_FEE}(?:[是为收要付需加另:]|统一|一律|只要|一单|每单|固定)*{_MONEY}",
    ),
    (
        "运费 shipping fee",
        f"{_FEE}|包邮",
        rf"(?:不满|不到|不足|未满)[^,]{{0,8}}?(?:[收付加另补要需]|{_FEE})+{_MONEY}",
    ),
    (
        "起送 minimum order",
        "起送|配送",
        rf"{_MONEY}起送|起送(?:价|费|金额)?[是为:]*{_MONEY}|满{_N}元?起送",
    ),
    ("满减 discount from a sum", "满减", rf"满{_N}元?(?:立|可|直)?减{_N}", r"满\d+"),
    ("积分 points", "会员|积分", rf"{_N}元(?:积|得|送|=){_N}个?积?分"),
    ("积分抵扣 points", "会员|积分", rf"{_N}个?积?分[可能]?(?:抵扣?|当|=|换){_MONEY}"),
    (
        "会员日 member day",
        "会员日?",
        r"会员日[^,]{0,6}?每月(\d+)[号日]|每月(\d+)[号日][^,]{0,6}?会员日",
    ),
    (
        "电话 telephone",
        "电话|热线|客服",
        r"(?:电话|热线)(?:号码)?(?:[是为打:请]|拨打)*((?:400|800|0\d{2,3})[-\d]{6,}|1[3-9]\d{9})",
        "售前|售后|维修|急修|专线|值班|招聘|总部|加盟|团购|[一-鿿]{2}店",
    ),
    (
        "营业时间 opening hours",
        "营业|上班|工作时间|客服时间|几点|开门",
        rf"(?:营业|上班|工作|客服)时间(?:[是为:]|每天|每日)*{_CLOCK}[-~—–至到]{_CLOCK}",
        "营业|上班|工作|客服|售后|维修|仓库|夏季|冬季|[一-鿿]{2}(?<!门)店",
    ),
    ("折扣 discount", "折扣|打折|几折|优惠", rf"(?:打|享受?|[有是]|一律|统一|均){_N}折"),
    ("新人券 voucher", "券|红包", rf"{_MONEY}的?(?={_GIFT})|{_GIFT}(?:[是有:]|价值)*{_MONEY}"),
)
SPANS = _topics(  # a span belongs to the topic found next after it, else last before it
    ("保修 warranty", "保修|质保|维修", "保修|质保|保固"),
    ("价保 price protection", "价保|保价|差价|降价", "价保|保价|差价|降价"),
    ("质量问题 quality", "质量|瑕疵|坏", "质量|瑕疵"),
    ("发票 invoice", "发票|开票", "发票|开票"),
    ("退款 refund", "退款|退钱|退货|退回|到账", "原路|到账|内退款|退款到"),
    ("退货 return", "退换?货|能退|无理由", "无理由|能退|可退|可以退|退货|退换|包退|不问理由"),
    ("换货 exchange", "换货|能换", "可以换|能换|可换|换货|包换"),
    (
        "送达 delivery",
        "多久到|能到|送到|送达|几天到|时效",
        "送达|送到|到货|能到|到手|(?:发货|发出|寄出)后",
    ),
    ("发货 shipping", "发货|发出", "发货|发出|寄出|出库"),
    ("自提 pickup", "自提|取货", "自提|取货|给您留"),
    ("试用 trial", "试用|试睡|体验", "试用|试睡|体验期"),
)
PRICE = re.compile(
    rf"(?P<noun>.{{2,16}}?)(?P<label>会员价|活动价|券后价|原价|市场价)?"
    rf"(?:售价|价格|现价|定价|单价|只要|仅需|只需|现在|特价|[是为仅才:]|一律|统一)*{_MONEY}(?P<least>起)?"
    "(?!的?[新首生优券红])"
)
PRICED = re.compile("多少钱|价格|价钱|费用|怎么收费|收费|几块")
NO_NOUN = re.compile("[满减送抵返省赠充付收积涨降差退补罚奖花超加]|低至|最[高低]")

# Right before a figure, or soon after it (NOT_YET), they make it no promise: 超过48小时没动.
NO_PROMISE = re.compile("(?:超过|过了|等了|[每近第]|提前|连续|不到|至少)$")
NOT_YET = re.compile("[^,、]{0,3}?(?:[没未]|还不|以前|之前|不动)")

# For whom or of what, in the sentence before the figure and to the end of its clause.
SPECIAL = re.compile(
    "新疆|西藏|偏远|海外|国外|港澳|台湾|省内|省外|市内|同城|顺丰|加急|大件|家电|家具|定制|预售|现做|生鲜|内衣|"
    "贴身|门店|线下|vip|[金银铜黑]卡|钻石|企业|团购|批发|首单|新人|新客|生日|学生|老顾客|会员日?|周末|"
    "节假日|周[一二三四五六日]|积分|[券佣金奖]+|提现|赠品|退货|换货|退回|寄回|换|双11|618|春节|质量|发错"
)
# Words that do not tell of what or for whom a promise is.
NEUTRAL = re.compile(
    "我们?|咱们?|你们?|您|亲|本店|本公司|敝店|小店|店铺|全店|全场|全国|商品|产品|宝贝|订单|东西|所有|全部|任何|一般|"
    "通常|正常|默认|大概|大约|预计|承诺|保证|支持|享受?|提供|可以?|都|均|会|在|能|的|了|就|是|为|有|这款?|那款?|该|它|"
    "本|现在|目前|现货|下单|付款|支付|拍下|签收|收货|收到货?|到货|确认|发出|发货|寄出|申请|审核|通过|仓库|检查|没问题|"
    "购买|自|从|起|之?后|以?内|期限|时间|时效|最快|最多|最晚|最迟|统一|一律|固定|只要|仅需|普通|另外|如果|只|才|还|也|"
    "每?[一每单][件个张条双套次单位人盒袋斤瓶只台份节]?|不满|不到|不足|未满|消费|单笔|实付|满|没拆封|未拆封|多少|多久|哪些不?|之日|当[天日]|"
    "几天|几个|什么|时候|哪天|哪里|怎么|如何|吗|呢|谁出|要|钱|说明|规则|须知|政策|问题|客户|顾客|问"
)
