"""Scripts that members wrote for themselves, ready to be searched and filled in."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import TemplateError

from bot.scripts.checks import forbidden
from bot.scripts.script import Script, Variant
from bot.scripts.search import Search
from bot.scripts.templates import VARIABLES, compile_variant, make_sandbox
from bot.store.desk.shelf import Personal, PersonalScripts
from bot.store.sql import Database

KEPT = 500  # members
CATEGORY = "chat"  # until the company gives it another one


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The scripts of one member: their own and their teams'."""

    by_id: Mapping[str, Personal] = field(default_factory=dict)
    scripts: Sequence[Script] = ()
    forbidden: Mapping[str, Sequence[str]] = field(default_factory=dict)  # words now, by id
    search: Search


class OwnScripts:
    """
    Args:
        root: the workspace, with config/forbidden.toml.
    """

    def __init__(self, database: Database, root: Path) -> None:
        self._database, self._root, self._sandbox = database, root, make_sandbox()
        self._shelves: OrderedDict[str, tuple[tuple[object, ...], Shelf]] = OrderedDict()

    async def of(self, member: str) -> Shelf:
        """As they are now; built again only if something has changed, forbidden words included."""
        kept = PersonalScripts(self._database, member)
        stamp = *await kept.stamp(), forbidden.stamp(self._root)
        known = self._shelves.get(member)
        if known is None or known[0] != stamp:
            known = self._shelves[member] = stamp, self._shelf(await kept.all())
        self._shelves.move_to_end(member)
        while len(self._shelves) > KEPT:
            self._shelves.popitem(last=False)
        return known[1]

    def _shelf(self, personal: Sequence[Personal]) -> Shelf:
        scripts = [self.script(one) for one in personal]
        by_id = {one.id: one for one in personal}
        bad = {one.id: words for one in personal if (words := self.forbidden(one, one.body))}
        return Shelf(by_id=by_id, scripts=scripts, forbidden=bad, search=Search(scripts, {}))

    def forbidden(self, one: Personal | None, text: str) -> Sequence[str]:
        """Forbidden words in `text` for which `one` gives no reason."""
        found = forbidden.forbidden_in(self._root, text)
        return [word for word, *_ in found if one is None or word not in one.despite]

    def script(self, one: Personal) -> Script:
        """The script with its variables if it can be filled in, else as it is written."""
        try:
            variant = self.compiled(one.body)
        except ValueError:
            variant = Variant(source=one.body, fixed=one.body)
        return Script(id=one.id, title=one.title, category=CATEGORY, say=(variant,))

    def compiled(self, body: str) -> Variant:
        """
        Raises:
            ValueError: it cannot be filled in; says why, in English.
        """
        try:
            variant, strangers = compile_variant(self._sandbox, body, VARIABLES, plain=True)
        except TemplateError as error:
            raise ValueError(str(error)) from error
        if strangers:
            raise ValueError(f"unknown: {', '.join(strangers)}")
        return variant
