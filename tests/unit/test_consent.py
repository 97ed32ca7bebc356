"""Who wants no more, who wants it again, and who said something else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rehearse.stage import Company
from bot.touch.consent import asks_besides, wish_in

MANNERS = Company.of(Path(__file__).parents[2]).settings.manners  # as they ship
OUT = """
能不能别天天给我发这些东西 麻烦以后别推送了谢谢 不要老给我推销 别发啦！！
这种消息以后不要发给我 不想看到你们的广告 以后有活动不用通知我 能不能把我移出名单
怎么才能不收你们消息 别再提醒我洗牙了，搬走了 别再打电话让我续费了 别天天发报价了
我都退订了怎么还给我发 少给我发广告 晚上别给我发消息 回复TD退订 莫再发咯
麻烦取消给我发的活动通知 请把我从群发名单里去掉 不用给我发广告
屏蔽你们消息怎么弄 别再发优惠券给我了 不买，别再推 不用给我发了 不用给我发了，谢谢
别发这了 怎么把你们的推送关了 不想再收到了 退订回复啥 怎么样才能收不到你们的推送
能不能不要每天早上七点发消息 天天发广告，烦不烦 取消所有推送 大哥别发了行不
怎么样可以不收到你们的促销短信 麻烦把我的号码从你们短信名单里移除 麻烦取消一下我的订阅
再收到一条广告我就去投诉 我想停止接收你们的通知怎么操作 再推销就取关 别一天到晚发广告行不行
拜托不要再营销了 把我拉出群发名单 别再来消息了 天天推销，烦死个人 不要再拿这些短信轰炸我了"""
# Written in one go, as on a phone: each of these was once missed for what stands around the wish.
RUN_ON = """
别再发了我已经买了 别再给我发了我已经买过了 不要再发广告了烦死了 退订谢谢不需要了 别再推送了没兴趣
我不需要别再发了 都说了不买了别再发了 别再发了再发我投诉你 每天发好几条别再发了行不行
你们能不能别老发消息我都看烦了 不要再给我发这种东西我又不是冤大头 不想收到你们的消息了删了我吧
我已经退货了别再给我发消息 我买过了不要再推送 别打扰我上班 请问怎么退订短信
不要老是给我发活动我不感兴趣
你们别发了我早就搬走了 别发了行不行我都说了三遍了 把我拉黑吧别发了 别给我发啦烦死了都
你们一天发几条烦不烦别发了 你们的信息太多了别发了 报价别发了以后不拿货了
可以不要再发了吗我真的不需要
我说不要再发了听不懂吗 别再发水果的消息了我不吃 不要再发水果报价了我不做了 别老是发朋友圈广告给我
求你们了别再发券了 孩子不学了别再给我发课程推荐了 牙都看好了别再提醒我了 我不认识你们别再给我发了
不要广告 侬勿要再发了 莫发了撒 甭再叨扰我了 不要再發訊息給我 再发我就拉黑了
种牙的广告别再发了 水果行情别再发给我了 不要再推荐了没兴趣 别再发朋友圈打扰我
别再发图片给我 这号不是她的了别再发了 我没有在你家买过东西别再发了 我不买了以后别发了
健身房的私教课广告能不能别天天发啊 培训课的消息不用再发了 节日祝福就不用发了心领了
再给我发这些广告我就把你删了 把我拉黑都行别再发了
我已经在别家做了牙了以后就不要再联系我了 能不能不要再发给我了我在外地吃不到 求求你们别推了我真没钱
别给我发什么团购了，不感兴趣 别再推荐狗粮给我 别再推课了行吗 以后广告覅再发了 别再给俺发咧
不用再给我发试听通知了孩子大了 别再发视频给我了"""
# A message each.
ENGLISH_OUT = """
stop sending me ads
Don't text me again
unsubscribe me
how can I unsubscribe
please stop messaging me
remove me from your mailing list
I don’t want to receive your promotions anymore
no more messages please
do not contact me again
opt out"""
ENGLISH_NOT_OUT = """
please stop sending me the wrong size
don't call me, text me
don't text, call me
don't send it yet
I don't want the blue one
I did not unsubscribe
remove me from the waiting list for Friday
can I stop the order
I don't want messages on the cake"""
NOT_OUT = """
剩下那件别发了，我退款 没货就别发了吧 缺的那件不用再发了 发票不要再发邮箱了 赠品不用给我发了
请勿打扰模式怎么关 快递员别打扰我午睡 明天别发了，店里装修 先别给我发车厘子
不要再发那种小果了 香蕉不要再给我发青的 作业不用再发了 别再问我要订单号了 想退订课程
老是少收 总少发 怎么不看消息 怎么不发短信提醒我 我不想收到破损的 别再联系快递了，到了
别发了，我不要了 缺货的不要发别的颜色 怎么取消订单通知 屏蔽了消息，怎么打开
不要发货了，取消 以后有活动再通知我 怎么不给我发优惠券
葡萄别再发了 坏了的别再发了 别再发货了我要退款 再也不要发这种烂货了 别发语音了打字 不想收到坏的
别再给我老公发广告 我不想打扰你们了 不要打扰到邻居 别忘了给我推送新品 不要发短信验证码给我老公
车厘子今天别发了明天再发 葡萄不要再发烂的了 作业不要再发语音了听不清 别烦我妈了有事找我 别扰民
不要再发一次了我收到了 别再推荐这款了换一款 再发我一次 再发烂的我就拉黑你
课可以退订吗 你们的课报了名还能退订吗 别再发链接了直接发小程序吧 取消提醒 把我从等位名单里删掉吧
不用给我发了，我自己去拿 不需要再联系医生了 把我从考勤名单里删了吧 图不用给我发了
别推荐这个 我不想打扰老师上课 非诚勿扰 把我从黑名单移出来
别再推荐了我自己看 天天发的那个优惠券怎么领 天天发货吗，烦死 你们一直推荐的那款还有吗
再收到短信我就去取 别再推荐含酒精的给我 不要再发图片给我了发视频 别再发图片给我,我要实物视频"""


@pytest.mark.parametrize(
    "text",
    [
        "TD",
        " td. ",
        "ＴＤ",
        "退订",
        "退訂",
        "我要退订",
        "别再发了",
        "別再給我發了",
        "别再给我发广告了",
        "请不要打扰我",
        "不要再给我发消息了",
        "不要继续发了",
        "别烦我！",
        *OUT.split(),
        *RUN_ON.split(),
        *ENGLISH_OUT.strip().splitlines(),
    ],
)
def test_who_wants_no_more_is_understood(text: str) -> None:
    assert wish_in(text, MANNERS) == "out"


@pytest.mark.parametrize(
    "text",
    [
        "我要退订单",
        "退订金怎么退",
        "别发错了",
        "别再给我发错货了",
        "先别给我发货",
        "先别发了，地址写错了",
        "td是什么意思",
        "那件红的别发了 换成蓝的",
        "别发了，我要退款",
        "放门卫那 别打电话",
        "别发短信 打我电话",
        *NOT_OUT.split(),
        *ENGLISH_NOT_OUT.strip().splitlines(),
        "怎么退货",
        "有打扰到您吗",
        "",
    ],
)
def test_and_nobody_else(text: str) -> None:
    assert wish_in(text, MANNERS) != "out"


@pytest.mark.parametrize(
    "text", ["恢复订阅", "麻烦帮我重新订阅", "取消退订", "可以继续发了", "START", "恢復推送"]
)
def test_who_wants_it_again_is_understood(text: str) -> None:
    assert wish_in(text, MANNERS) == "in"


@pytest.mark.parametrize(
    "text",
    [
        "不可以继续发",
        "怎么恢复订阅",
        "为什么还在继续给我发",
        "你们可以给我发消息吗",
        "start date 是哪天",
        "什么时候发货",
    ],
)
def test_a_question_about_it_is_no_wish(text: str) -> None:
    assert wish_in(text, MANNERS) == ""


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("别发广告了 我的退款到哪了", True),
        ("别再发广告了 什么时候发货", True),
        ("别再发广告了我的退款到哪了", True),
        ("怎么天天发 别发了行吗", False),
        ("别再发广告了 店长在吗", True),
        ("怎么退订啊", False),
        ("stop sending me ads. where is my order?", True),
        ("how can i unsubscribe?", False),
    ],
)
def test_what_is_asked_beside_it_is_not_lost(text: str, asks: bool) -> None:
    assert wish_in(text, MANNERS) == "out"
    assert asks_besides(text) is asks


@given(st.text(max_size=60))
def test_whatever_is_written_is_read(text: str) -> None:
    assert wish_in(text, MANNERS) in ("out", "in", "")
