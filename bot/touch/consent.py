"""Whether a customer says that they want no more unasked messages, or want them again. Pure.

How people say so is in consent.toml; a company's own words are in [manners] of config/touch.toml.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from bot.scripts.normalise import plain
from bot.scripts.parts import asks
from bot.touch.rules import Manners

Wish = Literal["out", "in", ""]
_EDGES = ".。!！,，~～?？、"
_LONGEST = 40  # characters of a clause that may be a wish: a story is none
# Wishes by themselves.
_ALONE = ("left", "left_before", "listed", "ended", "silenced", "threatened")
_BREAK = re.compile(r"[^\w@]+")
_BEFORE = "(?:{filler}|{about}|{when})*+"
_PARTS = {
    "refused": rf"(?P<before>{_BEFORE})(?:(?P<no>{{refusal}})|{{needless}})"
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
    return any(asks(one) and not _signs()["scolded"].fullmatch(one) for one in rest)


def _refuses(text: str) -> bool:
    """Whether a clause says that messages are to stop."""
    said = plain(text)
    if _english(said):
        return True
    if not _signs()["any"].search(said):
        return False
    return any(_is_refusal(one, said) or _within(one, said) for one in _BREAK.split(said))


def _english(said: str) -> re.Match[str] | None:
    signs = _signs()
    return None if signs["instead"].search(said) else signs["english"].search(said)


def _besides(clause: str, said: str) -> str:
    found = _within(clause, said)
    return clause[found.end() :] if found else clause


def _within(clause: str, said: str) -> re.Match[str] | None:
    """Such a wish with something else around it, if it can mean nothing but messages."""
    signs = _signs()
    found = signs["within"].match(clause)
    if not found or signs["others"].search(found["lead"]) or signs["polite"].search(clause):
        return None
    if found["left"] or (found["sure"] and not signs["instead"].search(said)):
        return found
    if signs["goods"].search(said):
        return None
    again = signs["again"].search(found["lead"] + found["bare"])
    if found["of"]:
        return found if again else None
    told = signs["about"].search(found["lead"]) or signs["weary"].search(clause)
    if not again and (not told or signs["instead"].search(said)):
        return None
    whole = signs["idle"].fullmatch(found["lead"]) or signs["whole"].search(found["lead"])
    return found if whole else None


def _is_refusal(clause: str, said: str) -> bool:
    """Whether `clause` of what is `said` is such a wish."""
    signs = _signs()
    if not 1 < len(clause) <= _LONGEST or signs["polite"].search(clause):
        return False
    if any(signs[name].fullmatch(clause) for name in _ALONE):
        return True
    goods = signs["goods"].search(said)
    if signs["pestered"].fullmatch(clause):
        return not goods
    found = signs["refused"].fullmatch(clause)
    if found is None or not (
        signs["deed"].search(found["rest"]) or signs["promotion"].match(found["rest"])
    ):
        return False
    rest, about, again = (
        found["rest"],
        signs["about"].search(clause),
        signs["again"].search(clause),
    )
    bothers = signs["plain"].search(rest)
    if signs["when"].search(found["before"]) and not (about or bothers):
        return False
    if again and about:
        return True
    if again:
        return bool(bothers or not goods)
    if not found["no"] and signs["promotion"].search(clause):
        return True
    if not found["no"] or (signs["calls"].search(rest) and "了" not in rest):
        return False
    if about:
        return not signs["instead"].search(said.replace(clause, ""))
    return bool(bothers or not (goods or signs["seen"].search(rest)))


@cache
def _signs() -> dict[str, re.Pattern[str]]:
    lists = tomllib.loads((files(__package__) / "consent.toml").read_text("utf-8"))
    words = {name: "".join(said.split()) for name, said in lists.items()}
    words["english"] = words["english"].replace("~", r"[^\w]+").replace("{ads}", words["ads"])
    words["about"] = f"{words['mail']}|{words['vague']}"
    parts = words | {name: part.format_map(words) for name, part in _PARTS.items()}
    openings = "把我|再|怎|如何|咋|取消|关闭|关掉|屏蔽"
    parts["any"] = f"{words['refusal']}|{words['needless']}|{words['leaving']}|{openings}"
    return {name: re.compile(one) for name, one in parts.items()}


def _bare(text: str) -> str:
    return "".join(plain(text).split()).strip(_EDGES)


def _names(said: str, words: tuple[str, ...]) -> bool:
    return any(word in said for word in words if not word.isascii())
