"""Groups texts that ask about the same, by the characters that they share and others do not.

A group is modelled as a source of characters and pairs of characters, with its own preferences
around how common each of them is everywhere (a Dirichlet-multinomial model). Two groups are merged
as long as one source explains their texts better than two. What is common everywhere explains
nothing, and the larger two groups are, the more they must share, so groups do not grow together
along chains of chance similarities.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush, nlargest
from itertools import combinations
from math import lgamma, log

from bot.scripts.normalise import normalise

# Words that tell nothing of what is asked. They part the text.
_EMPTY = re.compile(
    "不好意思|在线等|怎么样|怎么办|怎么弄|为什么|什么时候|能不能|可不可以|行不行|是不是|有没有|会不会|要不要|"
    "多少钱|怎么|怎样|什么|多少|多久|几天|几点|几个|哪里|哪儿|哪个|哪边|哪些|可以|需要|能够|想要|还是|或者|"
    "关于|咨询|请问|一下|麻烦|帮忙|谢谢|如果|但是|因为|然后|已经|现在|时候|明天|今天|后天|昨天|周末|下周|这周|"
    "周[一二三四五六日]|上次|刚才|我[妈爸]|妈妈|爸爸|老公|老婆|朋友|孩子|儿子|女儿|客服|[你我]们|你家|我家|"
    "一[件个次]|这件|那件|东西|知道|告诉|应该|正常|收到|感觉|觉得|发现|"
    "[有会能吗呢吧啊呀嘛么哦我你您他她它的了得地着过在是要想这那个不没就都也还再又很太给把被和跟到从上下里去来"
    "可以后前帮一两三哪几好怎急弄做什多少久些样让人说只找谁别刚才每全已]"
)
_PARTS = re.compile(r"[^\W\da-z_]+|[a-z]+|\d+")
_NEAR = 2  # characters: pairs this near each other may be one word
_LOUD = 2.0  # how much one word weighs
_HABITS = (80.0, 400.0)  # least and most weight it takes for a group to have habits of its own
_VARIETY = 3e5  # that weight times the number of different signs
_UNSEEN = 300.0  # weight of what might be asked and was not: of few texts nothing is common
_LOOKED_AT = 1500  # postings a text walks through to find its neighbours
_NEIGHBOURS = 30
_ROUNDS = 5
_NOTHING = 1e-9

Bag = Mapping[str, float]  # characters and pairs of them, weighted


def group(texts: Sequence[str], background: Iterable[str] = ()) -> list[int]:
    """The number of each text's group; groups are numbered as they come.

    The same texts in the same order always give the same groups.

    Args:
        texts: what people asked.
        background: what is asked in general: the examples of the library.
    """
    taken = [_taken_apart(text) for text in texts]
    kinds = {kind: number for number, kind in enumerate(dict.fromkeys(taken))}
    common = _weighed([_taken_apart(text) for text in background])
    bags = _weighed(list(kinds))
    found = _Groups(bags, _Model(bags, common))
    found.join()
    found.settle()
    numbers: dict[int, int] = {}
    return [numbers.setdefault(found.of[kinds[kind]], len(numbers)) for kind in taken]


class _Model:
    """How surprising it is that two sources share what they share.

    The more different things are spoken of, the more topics there are likely to be, and the less
    it takes for a group to be one of its own.
    """

    def __init__(self, bags: Sequence[Bag], common: Iterable[Bag]) -> None:
        found: defaultdict[str, float] = defaultdict(float)
        for bag in bags:
            for sign, weight in bag.items():
                found[sign] += weight
        least, most = _HABITS
        self._habit = min(max(_VARIETY / max(len(found), 1), least), most)
        for bag in common:
            for sign, weight in bag.items():
                found[sign] += weight
        whole = _UNSEEN + sum(found.values())
        self._expected = {sign: self._habit * weight / whole for sign, weight in found.items()}
        self._constant = {sign: lgamma(habit) for sign, habit in self._expected.items()}

    def gain(self, one: Bag, one_size: float, other: Bag, other_size: float) -> float:
        """The logarithm of how much likelier one source is than two."""
        if len(one) > len(other):
            one, other = other, one
        shared = 0.0
        for sign, weight in one.items():
            if also := other.get(sign):
                habit = self._expected[sign]
                shared += (
                    lgamma(weight + also + habit)
                    + self._constant[sign]
                    - lgamma(weight + habit)
                    - lgamma(also + habit)
                )
        return shared - (
            lgamma(one_size + other_size + self._habit)
            + lgamma(self._habit)
            - lgamma(one_size + self._habit)
            - lgamma(other_size + self._habit)
        )


class _Groups:
    """`of`: the group of each bag, named by one of its members."""

    def __init__(self, bags: Sequence[Bag], model: _Model) -> None:
        self._bags, self._model = bags, model
        self._sizes = [sum(bag.values()) for bag in bags]
        self._content = [dict(bag) for bag in bags]
        self._weight = list(self._sizes)  # of the content
        self._near = _neighbours(bags)
        self.of = list(range(len(bags)))

    def join(self) -> None:
        """Make one of two groups, those first that gain most, while any gain."""
        members = {number: [number] for number in self.of}
        age = [0] * len(self._bags)
        queue = [
            (-gain, one, other, 0, 0)
            for one, near in enumerate(self._near)
            for other in near
            if one < other and (gain := self._gain(one, other)) > 0
        ]
        heapify(queue)
        while queue:
            _, one, other, *ages = heappop(queue)
            if ages != [age[one], age[other]]:
                continue
            if len(self._content[one]) < len(self._content[other]):
                one, other = other, one
            self._pour(other, one)
            members[one] += members.pop(other)
            age[one], age[other] = age[one] + 1, -1
            for near in self._near[one]:
                if (gain := self._gain(one, near)) > 0:
                    first, second = sorted((one, near))
                    heappush(queue, (-gain, first, second, age[first], age[second]))
        for name, some in members.items():
            for number in some:
                self.of[number] = name

    def settle(self) -> None:
        """Let each bag go where it fits best, now that the groups are known."""
        places: defaultdict[str, set[int]] = defaultdict(set)
        for number, bag in enumerate(self._bags):
            for sign in bag:
                places[sign].add(self.of[number])
        for _ in range(_ROUNDS):
            if not sum([self._resettle(number, places) for number in range(len(self._bags))]):
                break

    def _resettle(self, number: int, places: Mapping[str, set[int]]) -> bool:
        bag, home = self._bags[number], self.of[number]
        self._add(home, bag, -1)
        shared = Counter(place for sign in bag for place in places[sign])
        likely = nlargest(_NEIGHBOURS, shared.items(), key=lambda item: (item[1], -item[0]))
        fits = [(self._fit(number, place), place == home, place) for place, _ in likely]
        gain, _, best = max(fits, default=(0.0, True, home))
        if gain <= 0:  # better alone
            best = home if not self._content[home] else self._found_group()
        self._add(best, bag, 1)
        for sign in bag:
            places[sign].add(best)
        self.of[number] = best
        return best != home

    def _gain(self, one: int, other: int) -> float:
        content, weight = self._content, self._weight
        return self._model.gain(content[one], weight[one], content[other], weight[other])

    def _fit(self, number: int, place: int) -> float:
        content, weight = self._content[place], self._weight[place]
        return self._model.gain(self._bags[number], self._sizes[number], content, weight)

    def _pour(self, source: int, target: int) -> None:
        self._add(target, self._content[source], 1)
        self._content[source] = {}
        for near in self._near[source]:
            self._near[near].discard(source)
            if near != target:
                self._near[near].add(target)
                self._near[target].add(near)
        self._near[source] = set()

    def _add(self, place: int, bag: Bag, times: int) -> None:
        content = self._content[place]
        for sign, weight in bag.items():
            left = content.get(sign, 0.0) + times * weight
            if left > _NOTHING:
                content[sign] = left
            else:
                del content[sign]
        self._weight[place] = sum(content.values())

    def _found_group(self) -> int:
        self._content.append({})
        self._weight.append(0.0)
        return len(self._content) - 1


def pieces(text: str) -> list[str]:
    """What of a question may tell what it is about, in order."""
    return _PARTS.findall(_EMPTY.sub(" ", normalise(text)))


def _taken_apart(text: str) -> tuple[tuple[str, int], ...]:
    """Each character and each pair with the place where it stands first; a Latin word is one."""
    found: dict[str, int] = {}
    place = 0
    for piece in pieces(text):
        if piece.isascii():
            found.setdefault(piece, place)
        else:
            for offset, sign in enumerate(piece):
                found.setdefault(sign, place + offset)
                found.setdefault(piece[offset : offset + 2], place + offset)
        place += len(piece) + _NEAR
    return tuple(found.items())


def _weighed(taken: Sequence[tuple[tuple[str, int], ...]]) -> list[Bag]:
    """A word weighs the same however many characters it has: what always stands together shares.

    How many of 空气净化器's characters and pairs come together shows that they are one word.
    """
    alone = Counter(sign for some in taken for sign, _ in some)
    both = Counter(pair for some in taken for pair in _close(some))
    bags: list[Bag] = []
    for some in taken:
        sharers = dict.fromkeys((sign for sign, _ in some), 1.0)
        for one, other in _close(some):
            if (times := both[one, other]) > 1:
                together = times * times / (alone[one] * alone[other])
                sharers[one] += together
                sharers[other] += together
        bags.append({sign: _LOUD / number for sign, number in sharers.items()})
    return bags


def _close(taken: tuple[tuple[str, int], ...]) -> Iterable[tuple[str, str]]:
    for (one, place), (other, there) in combinations(taken, 2):
        if there - place <= _NEAR:
            yield (one, other) if one < other else (other, one)


def _neighbours(bags: Sequence[Bag]) -> list[set[int]]:
    """For each bag those with which it shares most, the rare more than the common."""
    postings: defaultdict[str, list[int]] = defaultdict(list)
    for number, bag in enumerate(bags):
        for sign in bag:
            postings[sign].append(number)
    near: list[set[int]] = [set() for _ in bags]
    for number, bag in enumerate(bags):
        likeness: defaultdict[int, float] = defaultdict(float)
        left = _LOOKED_AT
        for sign in sorted(bag, key=lambda sign: (len(postings[sign]), sign)):
            left -= len(postings[sign])
            if left < 0:
                break
            rarity = bag[sign] * log(len(bags) / len(postings[sign]))
            for other in postings[sign]:
                likeness[other] += rarity
        likeness.pop(number, None)
        for other, _ in nlargest(_NEIGHBOURS, likeness.items(), key=lambda x: (x[1], -x[0])):
            near[number].add(other)
            near[other].add(number)
    return near
