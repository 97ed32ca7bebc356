"""What members are called, in memory: by config/bot.toml, else as the pages know them."""

from collections.abc import Iterator, Mapping

from bot.members.userids import folded


class Names:
    """
    Args:
        own: userid → name by `[members]`; it wins over what the pages know.
    """

    def __init__(self, own: Mapping[str, str]) -> None:
        self._own = _folded(own)
        self._names = self._own

    def take(self, staff: Mapping[str, str]) -> None:
        """These of the pages, and no others."""
        self._names = {**_folded(staff), **self._own}

    def of(self, member: str, otherwise: str = "") -> str:
        """The name of a userid, in any case."""
        return self._names.get(folded(member), otherwise)

    def all(self) -> tuple[str, ...]:
        return tuple(self._names.values())


class Spelled(Mapping[str, str]):
    """userid → name, for pages: found in any case, told as it is spelled."""

    def __init__(self, *some: Mapping[str, str]) -> None:
        """Of two spellings the first stays, of two names the last."""
        self._known: dict[str, tuple[str, str]] = {}
        for names in some:
            for one, name in names.items():
                spelled, _ = self._known.get(folded(one), (one, name))
                self._known[folded(one)] = spelled, name

    def __getitem__(self, member: str) -> str:
        return self._known[folded(str(member or ""))][1]  # templates ask of nobody, too

    def __iter__(self) -> Iterator[str]:
        return (spelled for spelled, _ in self._known.values())

    def __len__(self) -> int:
        return len(self._known)


def _folded(names: Mapping[str, str]) -> dict[str, str]:
    return {folded(one): name for one, name in names.items()}
