"""The questions in one message: 什么时候发货？运费多少？ holds two."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from bot.scripts.matching.hanzi import expression, signs

SEVERAL = 2
MOST = 8  # questions of one message that are looked at
_BRIEF = 4  # characters
_WEAK = ",，、~～"  # what stands between them may be one sentence still
_BREAK = expression(signs()["break"])
_EDGES = re.compile(r"^\W+|\W+$")
_QUESTION = expression(signs()["question"])
_REQUEST = expression(signs()["request"])
_BESIDES = expression(signs()["besides"])
_WISH = expression(signs()["wish"])
# Of questions that do not name what they ask about; the names are those of the file.
NAMELESS = {name: expression(sign) for name, sign in signs()["unnamed"].items()}


@lru_cache(maxsize=1024)  # of one message it is asked more than once
def questions_in(text: str) -> Sequence[str]:
    """The clauses that ask, that want something done beside one that asks, or that begin another
    matter (另外), and lines that only tell beside them, if there are several; a single question
    with its story in one line gives none."""
    if not _BREAK.search(text):
        return ()
    told = lines_told(text)
    asking: dict[int, str] = {}
    leading: dict[int, str] = {}
    lines: dict[int, str] = {}
    for place, (clause, following) in enumerate(pairwise((*_clauses(text), ""))):
        if _BESIDES.match(following):
            asking[place] = clause.rstrip(_WEAK)
        elif _QUESTION.search(clause) or (asking and _wants(clause)):
            asking[place] = clause
        elif following and not clause.endswith(tuple(_WEAK)) and _REQUEST.search(clause):
            leading[place] = clause
        elif clause in told:
            lines[place] = clause
    if not asking:
        return ()
    found = lines | asking if len(asking) >= SEVERAL else lines | leading | asking
    return [found[place] for place in sorted(found)] if len(found) >= SEVERAL else ()


@lru_cache(maxsize=1024)
def lines_told(text: str) -> frozenset[str]:
    """The lines that only tell something, each with what ends it: mostly messages of their own,
    typed within seconds of a question. Those that another matter is tied to (另外) are questions.
    """
    lines = text.splitlines(keepends=True)
    return frozenset(
        one
        for one, following in pairwise((*lines, ""))
        if len(lines) > 1 and tells(one) and not (_BESIDES.match(one) or _BESIDES.match(following))
    )


def led_to(questions: Sequence[str]) -> bool:
    """Whether wishes lead up to a single question, which may be about them: 我要退货 多久退钱."""
    *before, last = questions
    return not (any(map(asks, before)) or _BESIDES.match(last))


def tells(clause: str) -> bool:
    """Whether it neither asks nor wants anything: a matter only if a script speaks of it."""
    return not (_QUESTION.search(clause) or _REQUEST.search(clause))


def only_comes(question: str, title: str) -> bool:
    """Whether it asks when something comes without naming it, after a script whose `title` tells
    of something that may: 什么时候到 after 积分没到账."""
    return bool(NAMELESS["comes"].fullmatch(question) and NAMELESS["coming"].search(title))


def may_lean(question: str) -> bool:
    """Whether it may ask of what was told before: 能退吗 after 门店买的, or 什么时候到."""
    names_nothing = (NAMELESS[one].fullmatch for one in ("more", "comes", "costs", "bare"))
    return len(question) <= _BRIEF or any(asked(question) for asked in names_nothing)


def by_itself(clause: str) -> str:
    """Without the word that ties it to the clause before: 顺便开个发票 is 开个发票."""
    linked = _BESIDES.match(clause)
    return clause[linked.end() :] if linked else clause


def stand_alone(questions: Iterable[str]) -> bool:
    """Whether each is a sentence, a line or a spaced-off part of its own."""
    return not any(one.endswith(tuple(_WEAK)) for one in questions)


def bare(question: str) -> str:
    """Without the signs around it, and what is no character."""
    return _EDGES.sub("", question.encode(errors="ignore").decode())


def asks(text: str) -> bool:
    """Whether it is worded as a question."""
    return _QUESTION.search(text) is not None


def wishes(text: str) -> bool:
    """Whether it tells what they want done, and nothing else."""
    return _WISH.search(text) is not None


def _wants(clause: str) -> bool:
    return bool(_REQUEST.search(clause) or _BESIDES.match(clause))


def _clauses(text: str) -> Iterator[str]:
    """The clauses, each with the sign at its end."""
    start = 0
    for found in _BREAK.finditer(text):
        yield text[start : found.end()]
        start = found.end()
    yield text[start:]
