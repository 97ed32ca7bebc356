"""By which nicknames customers are addressed. WeChat's are what people like: advertisements,
numbers, half a poem. A good assistant says 「王姐」 and drops 「A-批发王姐138…」."""

import re
import unicodedata
from dataclasses import dataclass

from bot.reader import Rule, setting

PLACEHOLDER = "%NICKNAME%"  # WeCom puts a name there; what name, we never know

_ADVERTISING = (
    *(
        "批发",
        "厂家",
        "直销",
        "工厂",
        "代理",
        "招商",
        "加盟",
        "招聘",
        "兼职",
        "贷款",
        "房产",
        "保险",
    ),
    *(
        "装修",
        "建材",
        "物流",
        "公司",
        "旗舰店",
        "专卖",
        "代购",
        "微商",
        "客服",
        "官方",
        "回收",
        "二手",
    ),
    *("傻逼", "去死", "骗子", "垃圾", "妈的"),
)
_LENGTH = Rule(lambda longest: 1 <= longest <= 200, "Use 1 to 200")
_WORDS = Rule(
    lambda words: all(1 <= len(word) <= 40 for word in words), "Write texts of 1 to 40 characters"
)
_LATIN = 0.4  # of a Chinese character, to the eye

_TOP = re.compile(r"\A(?:a{1,6}|0+)[\W_\d]*(?=[\u4e00-\u9fff]{2})", re.IGNORECASE)
_REACH = re.compile(
    r"https?:|www\.|\.(?:com|cn|net|top)\b|[@＠]|微信(?!用户)|薇信|加我|"
    r"(?<![a-z])(?:vx?|wx|qq|wechat|tel)(?=[\W\d_])",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"(?<=\w)[(\[【].*")  # after NFKC
_NUMBER = re.compile(r"\d{3}")
_NONE = re.compile(
    r"(?:微信|手机)?用户.*|wxid.*|user\d*|匿名.*|游客|客户|顾客|会员|朋友|新朋友|先生|女士|小姐|美女|帅哥|"
    r"亲+|您|你|我|无|没有|未知|名字|昵称|null|none|undefined|test|测试",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"[你我是叫]*(?:爸+|老爸|爹+|爷+|妈+|老妈|奶+|祖宗|老公|老婆|老子|主人|大爷|亲爱的?|宝贝|哥+|姐+)"
)
_SEPARATORS = frozenset(" ·•・.-'’")
_STROKES = frozenset("丶丨丿乀灬ヾゞ〆")  # letters that are drawn as decoration


@dataclass(frozen=True, slots=True, kw_only=True)
class Nicknames:
    """[nicknames] of config/customers.toml."""

    speak: bool = True  # False: nobody is addressed by a nickname
    longest: int = setting(5, rule=_LENGTH)  # Chinese characters; a Latin letter is less than half
    without: tuple[str, ...] = setting(_ADVERTISING, rule=_WORDS)  # whoever has these is not

    def spoken(self, nickname: str) -> str:
        """What a script calls its customer; "": by no name."""
        return nickname if nickname == PLACEHOLDER else self.judge(nickname)[0]

    def judge(self, nickname: str) -> tuple[str, str, str]:
        """What they are called, or "" and why, in both languages."""
        name = unicodedata.normalize("NFKC", nickname)
        if not self.speak:
            return "", "设置里关掉了叫昵称", "nicknames are not spoken here"
        if not any(map(str.isalnum, name)):
            return (
                "",
                "昵称只有符号或表情" if name.strip() else "没有昵称",
                "there is no name in it",
            )
        if _REACH.search(name):
            return "", "昵称里有联系方式", "there is an address in it"
        if found := next((word for word in self.without if word in name), ""):
            return "", f"昵称里有「{found}」", f"there is {found} in it"
        if _NUMBER.search(re.sub(r"[\s-]", "", name)):
            return "", "昵称里有一串数字", "there is a number in it"
        name = _core(_TOP.sub("", _core(_ASIDE.sub("", name)), count=1))
        if any(not one.isalnum() and not _marks(one) and one not in _SEPARATORS for one in name):
            return "", "昵称里有标点或符号", "there are signs in it"
        if _NONE.fullmatch(name) or _KIN.fullmatch(name) or (_width(name) < 1 and len(name) < 2):
            return "", "昵称不像称呼", "nobody is called so"
        if _width(name) > self.longest * (2 if "·" in name else 1):
            return "", "昵称太长，像一句话", "it is long, like a sentence"
        return name, "", ""


def _core(name: str) -> str:
    """Without the decoration around it."""
    said = [at for at, one in enumerate(name) if one.isalnum() and one not in _STROKES]
    return name[said[0] : _end(name, said[-1] + 1)] if said else ""


def _end(name: str, end: int) -> int:
    """Behind the marks of the last letter."""
    while end < len(name) and _marks(name[end]) and name[end] != "\ufe0f":
        end += 1
    return end


def _marks(one: str) -> bool:
    return unicodedata.category(one) in ("Mn", "Mc")


def _width(name: str) -> float:
    return sum(_LATIN if one.isascii() else 1 for one in name if one.isalnum())
