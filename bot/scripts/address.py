"""Decides by which name scripts address a customer: their nickname without signs and the like,
「A王姐」 as 王姐, or by none if nobody would say it aloud, as 「批发138…」."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bot.files.reader import Rule, setting

PLACEHOLDER = "%NICKNAME%"  # WeCom puts a name there; what name, we never know

_ADVERTISING = """
    批发 厂家 直销 工厂 代理 招商 加盟 招聘 兼职 贷款 房产 保险 装修 建材 物流 公司
    旗舰店 专卖 代购 微商 客服 官方 回收 二手 傻逼 去死 骗子 垃圾 妈的"""
_LENGTH = Rule(lambda longest: 1 <= longest <= 200, "Use 1 to 200")
_WORDS = Rule(
    lambda words: all(1 <= len(word) <= 40 for word in words), "Write texts of 1 to 40 characters"
)
_LATIN = 0.4  # of a Chinese character, to the eye
_SAID = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "So"})  # So: emoji

_TOP = re.compile(
    r"\A[\W_]*(?:a{1,6}|0+)[\W_\d]*(?=[\u4e00-\u9fff]{2})", re.IGNORECASE
)  # of a list
_ASIDE = re.compile(r"(?<=\S)[(（\[【][^()（）\[\]【】]*[)）\]】]\Z")
_REACH = re.compile(
    r"https?:|www\.|\.(?:com|cn|net|top)\b|[@＠]|微信(?!用户)|薇信|加我|"
    r"(?<![a-z])(?:vx?|wx|qq|wechat|tel)(?=[\W\d_])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{5}")
_GAPS = re.compile(r"[\s-]")
_AROUND = re.compile(r"\A[\W_]+|[\W_]+\Z")
_NONE = re.compile(
    r"(?:微信|手机)?用户.*|wxid.*|user\d*|匿名.*|游客|客户|顾客|会员|朋友|新朋友|先生|女士|小姐|美女|帅哥|"
    r"亲+|您|你|我|无|没有|未知|名字|昵称|null|none|undefined|test|测试",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"[你我是叫]*(?:爸+|老爸|爹+|爷+|妈+|老妈|奶+|祖宗|老公|老婆|老子|主人|大爷|亲爱的?|宝贝|哥+|姐+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nicknames:
    """The rules for nicknames: [nicknames] of config/customers.toml."""

    speak: bool = True  # False: nobody is addressed by a nickname
    longest: int = setting(200, rule=_LENGTH)  # Chinese characters; a Latin letter is less
    # whoever has one of these in their nickname is addressed by no name
    without: tuple[str, ...] = setting(tuple(_ADVERTISING.split()), rule=_WORDS)

    def spoken(self, nickname: str) -> str:
        """What a script calls a customer with this nickname; "": nothing."""
        return nickname if nickname == PLACEHOLDER else _judged(self, nickname)[0]

    def judge(self, nickname: str) -> tuple[str, str, str]:
        """(what the customer is called, "", ""), or ("", why by none in Chinese, in English)."""
        if not self.speak:
            return "", "设置里关掉了叫昵称", "nicknames are not spoken here"
        if not any(unicodedata.category(one) in _SAID for one in nickname):
            zh = "昵称只有标点" if nickname.strip() else "没有昵称"
            return "", zh, "there is no name in it"
        name = unicodedata.normalize("NFKC", nickname)
        if _REACH.search(name):
            return "", "昵称里有联系方式", "there is an address in it"
        if found := next((word for word in self.without if word in name), ""):
            return "", f"昵称里有「{found}」", f"there is {found} in it"
        if _NUMBER.search(_GAPS.sub("", name)):
            return "", "昵称里有一串数字", "there is a number in it"
        said = _TOP.sub("", _ASIDE.sub("", nickname.strip()))
        core = _AROUND.sub("", said)
        if _NONE.fullmatch(core) or _KIN.fullmatch(core):
            return "", "昵称不像称呼", "nobody is called so"
        if len(said) > self.longest < sum(_LATIN if one.isascii() else 1 for one in said):
            return "", "昵称太长，像一句话", "it is long, like a sentence"
        return said, "", ""


@lru_cache(maxsize=2_000)  # whoever writes once will usually write again
def _judged(nicknames: Nicknames, nickname: str) -> tuple[str, str, str]:
    return nicknames.judge(nickname)
