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
_ALONE = ("left", "left_before", "listed", "ended", "silenced", "threatened")
_BREAK = re.compile(r"[^\w@]+")
_PARTS = {
    # Unless it is in a message, none of the others fits.
    "any": "{refusal}|{needless}|{leaving}|把我|再|怎|如何|咋|取消|关闭|关掉|屏蔽",
    "refused": r"(?P<before>(?:{filler}|{about}|{when})*+)(?:(?P<no>{refusal})|{needless})"
    r"(?P<rest>(?:{deed}|{about}|{tail}|{filler})*+)",
    "pestered": r"(?:{filler})*+(?:{refusal}|{needless})(?:{tail})*+(?:{again})(?:{tail})*+"
    r"(?:{contact}).{{0,8}}",
    "left": r"(?:{filler}|{toward})*+(?:{leaving})(?:{leaving}|{after}|{about}|{tail})*+",
    "left_before": r"(?:{filler}|{toward})*+(?:{leaving}).{{0,6}}[还又].{{0,4}}[发推].{{0,8}}",
    "listed": r".{{0,6}}把我.{{0,8}}[移删剔去踢][出除掉了去]*.{{0,4}}(?:名单|列表|群发).{{0,4}}"
    r"|.{{0,6}}把我.{{0,4}}(?:名单|列表|群发).{{0,4}}[移删剔去踢取].{{0,3}}",
    "ended": r"(?:{filler})*+(?:取消|停止|关闭|关掉|屏蔽)(?!了)"
    r"(?:(?!{notice})(?:{deed}|{tail}|{filler}|活动|优惠))*+(?:{notice})"
    r"(?:{about}|{tail}|{after})*+",
    "silenced": r"(?:{filler})*+(?:怎么|怎样|如何|咋)"
    r"(?:(?:才能|才可以|可以|能)不|停止|取消|关闭|屏蔽|关掉)(?:{seen})?[到掉]?.{{0,3}}(?:消息|信息|短信|广告|推送)(?:{tail})*+",
    "whole": r"{closed}|(?:{mail})$",
    "idle": r"(?:{filler}|{about})*+",
    "threatened": r".{{0,8}}再(?:给我)?(?:发|推|骚扰|打扰)(?:{tail}|{about})*+"
    r"(?:就|要|直接)?(?:拉黑|删|屏蔽).{{0,6}}",
    "scolded": r"(?:{filler}|{scolding}|{deed}|{about}|{tail})*+",
    # Written without a break before or after it: 别再给我发了我已经买过了.
    "within": r"(?P<lead>.*?)(?:(?:{refusal})(?P<bare>(?:{filler}|{when})*+)"
    r"(?:(?P<sure>(?:{plain})(?!模式|民|我[妈爸老孩])"
    r"|(?:{sent})(?:{tail}|{vague})*+(?:{mail})(?!券|验证码))"
    r"|(?P<of>(?:{sent})(?:{tail}|{vague})*+[^错坏烂破旧过别去上]{{0,5}}?"
    r"(?:{mail}|{offers})(?!券|验证码))"
    r"|(?:{sent})(?:{tail}|{vague})*+(?:(?={next})|(?<=[了啦吗吧噻])))"
    r"|(?P<left>(?<!取消)退订(?={next}|{mail}|{tail})))",
}


def wish_in(text: str, manners: Manners) -> Wish:
    """What `text` asks for, "out" or "in"; "" = neither."""
    if wants_no_more(text, manners):
        return "out"
    return "in" if wants_again(text, manners) else ""


def wants_no_more(text: str, manners: Manners) -> bool:
    """Whether a customer asks us to stop writing unasked.

    A company's word of Latin letters (TD) has to be the whole message.
    """
    said = _bare(text)
    if said in manners.opt_out:
        return True
    for phrase in manners.opt_out_unless:
        said = said.replace(phrase, "")
    return _names(said, manners.opt_out) or _refuses(text)


def wants_again(text: str, manners: Manners) -> bool:
    """Whether they take that back."""
    said = _bare(text)
    if said in manners.opt_in:
        return True
    return not any(word in said for word in manners.opt_in_unless) and _names(said, manners.opt_in)


def asks_besides(text: str) -> bool:
    """Whether a message with such a wish also asks something: 别发广告了 我的退款到哪了."""
    said = plain(text)
    found = _english(said)
    if found:
        around = (said[: found.start()], said[found.end() :])
        return any(asks(one) for one in around if one.strip(_EDGES + " "))
    rest = [_besides(one, said) for one in _BREAK.split(said) if not _is_refusal(one, said)]
    return any(asks(one) and not _sign("scolded").fullmatch(one) for one in rest)


def _refuses(text: str) -> bool:
    """Whether a clause says that messages are to stop."""
    said = plain(text)
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


def _within(clause: str, said: str) -> re.Match[str] | None:
    """Such a wish with something else around it, if it can mean nothing but messages."""
    found = _sign("within").match(clause)
    if not found or _sign("others").search(found["lead"]) or _sign("polite").search(clause):
        return None
    if found["left"] or (found["sure"] and not _sign("instead").search(said)):
        return found
    if _sign("goods").search(said):
        return None
    again = _sign("again").search(found["lead"] + found["bare"])
    if found["of"]:
        return found if again else None
    told = _sign("about").search(found["lead"]) or _sign("weary").search(clause)
    if not again and (not told or _sign("instead").search(said)):
        return None
    whole = _sign("idle").fullmatch(found["lead"]) or _sign("whole").search(found["lead"])
    return found if whole else None


def _is_refusal(clause: str, said: str) -> bool:
    """Whether `clause` of what is `said` is such a wish."""
    if not 1 < len(clause) <= _LONGEST or _sign("polite").search(clause):
        return False
    if any(_sign(name).fullmatch(clause) for name in _ALONE):
        return True
    goods = _sign("goods").search(said)
    if _sign("pestered").fullmatch(clause):
        return not goods
    found = _sign("refused").fullmatch(clause)
    if found is None or not (
        _sign("deed").search(found["rest"]) or _sign("promotion").match(found["rest"])
    ):
        return False
    rest = found["rest"]
    about, again = _sign("about").search(clause), _sign("again").search(clause)
    bothers = _sign("plain").search(rest)
    if _sign("when").search(found["before"]) and not (about or bothers):
        return False
    if again and about:
        return True
    if again:
        return bool(bothers or not goods)
    if not found["no"] and _sign("promotion").search(clause):
        return True
    if not found["no"] or (_sign("calls").search(rest) and "了" not in rest):
        return False
    if about:
        return not _sign("instead").search(said.replace(clause, ""))
    return bool(bothers or not (goods or _sign("seen").search(rest)))


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
    return words | {name: part.format_map(words) for name, part in _PARTS.items()}


def _bare(text: str) -> str:
    return "".join(plain(text).split()).strip(_EDGES)


def _names(said: str, words: tuple[str, ...]) -> bool:
    return any(word in said for word in words if not word.isascii())
