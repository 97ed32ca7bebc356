"""Whether a customer says that they want no more unasked messages, or want them again. Pure.

How people say so is in consent.toml; a company's own words are in [manners] of config/touch.toml.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from bot.scripts.matching.hanzi import expression
from bot.scripts.normalise import plain
from bot.scripts.parts import asks
from bot.touch.rules import Manners

Wish = Literal["out", "in", ""]
_EDGES = ".。!！,，~～?？、"
_LONGEST = 40  # characters of a clause that may be a wish: a story is none
# Wishes by themselves.
_ALONE = ("left", "left_before", "listed", "ended", "muted", "silenced", "threatened")
_BREAK = re.compile(r"[^\w@]+")
# (?>…*) and not …*+, which Python before 3.11.5 matches wrongly (gh-106052): so Debian 12 does.
_PARTS = {
    # Unless it is in a message, none of the others fits.
    "any": "{refusal}|{needless}|{leaving}|把我|再|怎|如何|咋|取消|关闭|关掉|屏蔽"
    "|(?:{again})(?:{tail}|都|在)*(?:骚扰|轰炸|收到|发|推)",
    "refused": r"(?P<before>(?>(?:{filler}|{about}|{when})*))(?:(?P<no>{refusal})|{needless})"
    r"(?P<rest>(?>(?:{deed}|推荐|{about}|{tail}|{filler})*))",
    "pestered": r"(?>(?:{filler})*)(?:{refusal}|{needless})(?>(?:{tail})*)(?:{again})"
    r"(?>(?:{tail})*)(?:(?:{contact})(?!{persons})|[^让叫喊]{{0,6}}(?:打扰|骚扰|轰炸)我).{{0,8}}",
    "flooded": r"(?>(?:(?!{again})(?:{filler}|怎么|为什么|干嘛|还))*)"
    r"(?>(?:(?:{again})(?>(?:{tail}|都|在)*)(?:推[销送]|骚扰|轰炸|收到|发|推)"
    r"(?>(?:{about}|{tail})*))+)",
    "left": r"(?>(?:{filler}|{toward})*)(?:{leaving})(?>(?:{leaving}|{after}|{about}|{tail})*)",
    "left_before": r"(?>(?:{filler}|{toward})*)(?:{leaving}).{{0,6}}[还又].{{0,4}}[发推].{{0,8}}",
    "listed": r".{{0,6}}把我.{{0,8}}(?:[移删剔去踢]|拉出)[出除掉了去]*.{{0,4}}(?:{list}).{{0,4}}"
    r"|.{{0,6}}把我.{{0,10}}(?:{list}).{{0,4}}[移删剔去踢取].{{0,3}}",
    # One reminder may be meant: 取消提醒.
    "ended": r"(?>(?:{filler})*)(?:想要?)?(?:取消|停止|关闭|关掉|屏蔽)"
    r"(?!了|(?:{tail})*提醒(?:{tail})*$)"
    r"(?>(?:(?!{notice})(?:{deed}|{tail}|{filler}|活动|优惠))*)(?:{notice})"
    r"(?>(?:{about}|{tail}|{after})*)",
    "muted": r"(?>(?:{filler})*)(?:怎么样?|怎样|如何|咋样?)?把(?>(?:{tail}|{vague}|[每天])*)"
    r"(?:{notice}|群发)(?:都|全|给|功能)*(?:关|停|取消|屏蔽|退).{{0,4}}",
    "silenced": r"(?>(?:{filler})*)(?:怎么样?|怎样|如何|咋样?)"
    r"(?:(?:才能|才可以|可以|能)不|才(?:能|可以)[收看]不|停止|取消|关闭|屏蔽|关掉)"
    r"(?:{seen})?[到掉]?.{{0,6}}(?:消息|信息|短信|广告|推送)(?>(?:{tail})*)",
    "whole": r"(?:{closed})$|^(?>(?:{filler}|{about})*)$",
    "threatened": r".{{0,8}}再(?:(?:给我)?(?:发|推[销送]?|骚扰|打扰)(?>(?:{tail}|{about})*)"
    r"|(?:让我)?收到.{{0,4}}(?:{notice})(?>(?:{tail})*))"
    r"(?:就|要|去|直接)*(?:把你们?|把号)?(?:拉黑|删|屏蔽|取关|举报|投诉|报警).{{0,6}}",
    "scolded": r"(?>(?:{filler}|{scolding}|{deed}|{about}|{tail})*)",
    "pushed": r"给我[发推]了$",
    "idle": r"^(?>(?:{filler}|{tail}|{weary}|\W)*)$",
    # Written without a break before or after it: 别再给我发了我已经买过了.
    "within": r"(?P<lead>.*?)(?:(?:(?P<no>{refusal})|{needless})(?P<bare>(?>(?:{filler}|{when})*))"
    r"(?:(?P<sure>(?:{plain})(?!模式|民|我[妈爸老孩])"
    r"|(?:{sent})(?>(?:{tail}|{vague})*)(?:{mail})(?!券|验证码))"
    r"|(?P<of>(?:{sent})(?>(?:{tail}|{vague})*)[^错坏烂破旧过别去上]{{0,5}}?"
    r"(?:{mail}|{offers})(?!券|验证码)|推荐.{{0,5}}[^的]给我)"
    r"|(?P<me>(?:联系|通知|提醒)我)"
    r"|(?:{sent})(?:{tail}|{vague})*(?:(?={next})|(?<=[了啦吗吧噻咧])))"
    r"|(?P<left>(?<!取消)退订(?={next}|{mail}|{tail})))",
}

# Signs of a clause that suffice together, unless one of the others is there, too.
_Enough = tuple[tuple[set[str], set[str]], ...]
_REFUSED: _Enough = (
    ({"again", "about"}, set()),
    ({"again", "plain"}, set()),
    ({"again"}, {"goods", "when"}),
    ({"no", "about"}, {"instead", "calls"}),
    ({"no", "plain"}, {"calls"}),
    ({"no"}, {"about", "goods", "seen", "calls", "when"}),
    ({"unasked"}, {"no"}),
    ({"pushed", "idle"}, {"goods"}),  # 不用给我发了, and no word of what
)
_WITHIN: _Enough = (
    ({"left"}, {"ordered"}),
    ({"left", "about"}, set()),
    ({"no", "sure"}, {"instead"}),
    ({"of", "again"}, {"goods"}),
    ({"no", "of", "weary"}, {"goods", "instead"}),
    ({"no", "of", "unasked"}, {"goods", "instead"}),
    ({"no", "whole", "again"}, {"goods"}),
    ({"no", "whole", "about"}, {"goods", "instead", "of"}),
    ({"no", "whole", "weary"}, {"goods", "instead", "of"}),
    ({"me", "again"}, {"goods", "instead"}),
    ({"whole", "again", "about"}, {"goods"}),  # 课的消息不用再发了
    ({"whole", "unasked"}, {"goods", "no"}),  # 节日祝福就不用发了
)


def wish_in(text: str, manners: Manners) -> Wish:
    """What `text` asks for, "out" or "in"; "" = neither."""
    said = plain(text)
    bare = "".join(said.split()).strip(_EDGES)
    if _wants_no_more(said, bare, manners):
        return "out"
    return "in" if _wants_again(bare, manners) else ""


def asks_besides(text: str) -> bool:
    """Whether a message with such a wish also asks something: 别发广告了 我的退款到哪了."""
    said = plain(text)
    found = _english(said)
    if found:
        around = (said[: found.start()], said[found.end() :])
        return any(asks(one) for one in around if one.strip(_EDGES + " "))
    rest = [_besides(one, said) for one in _BREAK.split(said) if not _is_refusal(one, said)]
    return any(asks(one) and not _sign("scolded").fullmatch(one) for one in rest)


def understood(manners: Manners) -> list[str]:
    """Those of a company's own words to opt out that are understood without its list, some of
    them with what usually follows: 别发这了."""
    listed = [word for word in manners.opt_out if not word.isascii()]
    return [word for word in listed if _refuses(plain(word)) or _refuses(plain(f"{word}了"))]


def _wants_no_more(said: str, bare: str, manners: Manners) -> bool:
    """A company's word of Latin letters (TD) has to be the whole message."""
    if bare in manners.opt_out:
        return True
    for phrase in manners.opt_out_unless:
        bare = bare.replace(phrase, "")
    return _names(bare, manners.opt_out) or _refuses(said)


def _wants_again(bare: str, manners: Manners) -> bool:
    if bare in manners.opt_in:
        return True
    return not any(word in bare for word in manners.opt_in_unless) and _names(bare, manners.opt_in)


def _names(said: str, words: tuple[str, ...]) -> bool:
    return any(word in said for word in words if not word.isascii())


def _refuses(said: str) -> bool:
    """Whether a clause says that messages are to stop."""
    if _english(said):
        return True
    if not _sign("any").search(said):
        return False
    return any(_is_refusal(one, said) or _within(one, said) for one in _BREAK.split(said))


def _english(said: str) -> re.Match[str] | None:
    return None if _sign("instead").search(said) else _sign("english").search(said)


def _besides(clause: str, said: str) -> str:
    found = _within(clause, said)
    return clause[found.end() :] if found else clause


def _is_refusal(clause: str, said: str) -> bool:
    """Whether `clause` of what is `said` is such a wish."""
    if not 1 < len(clause) <= _LONGEST or _sign("polite").search(clause):
        return False
    if any(_sign(name).fullmatch(clause) for name in _ALONE):
        return True
    if _sign("pestered").fullmatch(clause):
        return not _sign("goods").search(said)
    if _sign("flooded").fullmatch(clause) and _sign("weary").search(said):
        return True
    found = _sign("refused").fullmatch(clause)
    if not found or not _sign("done").search(found["rest"]):
        return False
    around, rest = said.replace(clause, ""), found["rest"]
    there = _groups(found) | _signs(again=clause, about=clause, unasked=clause, pushed=clause)
    there |= _signs(when=found["before"], plain=rest, seen=rest, calls=rest)
    there |= _signs(goods=said, instead=around, idle=around)
    return _suffice(there, _REFUSED)


def _within(clause: str, said: str) -> re.Match[str] | None:
    """Such a wish with something else around it, if it can mean nothing but messages."""
    found = _sign("within").match(clause)
    if not found or _sign("others").search(found["lead"]) or _sign("polite").search(clause):
        return None
    lead = found["lead"]
    there = _groups(found) | _signs(about=lead, whole=lead, ordered=lead, weary=said)
    there |= _signs(again=lead + (found["bare"] or ""), unasked=found[0])
    there |= _signs(goods=said, instead=said)
    return found if _suffice(there, _WITHIN) else None


def _groups(found: re.Match[str]) -> set[str]:
    return {name for name, part in found.groupdict().items() if part}


def _signs(**where: str) -> set[str]:
    """Those which are found, each in its text."""
    return {name for name, text in where.items() if _sign(name).search(text)}


def _suffice(there: set[str], enough: _Enough) -> bool:
    return any(wanted <= there and not there & barred for wanted, barred in enough)


@cache
def _sign(name: str) -> re.Pattern[str]:
    """An expression of consent.toml or of `_PARTS`, compiled when a message first needs it: all of
    them at once hold the loop for 50 ms on a slow machine."""
    return expression(_expressions()[name])


@cache
def _expressions() -> dict[str, str]:
    words = tomllib.loads((files(__package__) / "consent.toml").read_text("utf-8"))
    words["english"] = words["english"].replace("~", r"[^\w]+").replace("{ads}", words["ads"])
    words["about"] = f"{words['mail']}|{words['vague']}"
    done = "{deed}|推荐|来(?:{mail})|^(?>(?:{filler})*)(?:{promotion})"
    words["done"] = done.format_map(words)
    for name in ("unasked", "closed"):
        words[name] = words[name].format_map(words)
    return words | {name: part.format_map(words) for name, part in _PARTS.items()}
