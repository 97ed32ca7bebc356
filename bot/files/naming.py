"""Scripts that the files of config/ name, beside those of plans."""

from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from bot.errors import Complaint


class Named(NamedTuple):
    file: str
    key: str
    script: str  # its id
    several: bool = False  # or a pattern for some: faq/milk*

    def means(self, script: str) -> bool:
        return fnmatchcase(script, self.script) if self.several else script == self.script

    def is_lost(self, scripts: Collection[str]) -> bool:
        """Whether it names none of `scripts`, which are all there are."""
        return self.script not in scripts and not any(map(self.means, scripts))


def lost(named: Iterable[Named], scripts: Collection[str] | None) -> Iterator[Complaint]:
    """
    Args:
        scripts: ids of all there are; None: they are not looked at.
    """
    if scripts is not None:
        for one in named:
            if one.is_lost(scripts):
                problem = f"there is no script {one.script!r}"
                cure = f"Write the id of one{', or faq/* for several' if one.several else ''}"
                yield Complaint(one.file, one.key, problem, cure)
