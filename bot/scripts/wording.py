"""Makes a short mark of each wording of a script, by which the same words are recognised when a
customer would get them again, however else the script has changed."""

import unicodedata
from base64 import urlsafe_b64encode
from hashlib import blake2b

from bot.scripts.script import Script, Variant

_MARK = 4  # characters for each wording
_MOST = 8  # wordings: table touch has room for so many; of more, those with the least marks count


def words_of(script: Script) -> str:
    """The marks of all wordings of a script, since nobody knows which of them will be said."""
    return "".join(sorted({_mark(variant) for variant in script.say})[:_MOST])


def alike(words: str, others: str) -> bool:
    """Whether two results of `words_of` have a wording in common."""
    return not _marks(words).isdisjoint(_marks(others))


def _marks(words: str) -> set[str]:
    return {words[at : at + _MARK] for at in range(0, len(words), _MARK)}


def _mark(variant: Variant) -> str:
    return urlsafe_b64encode(blake2b(_read(variant).encode(), digest_size=3).digest()).decode()


def _read(variant: Variant) -> str:
    """The letters, figures and variables of a wording: another comma, emoji or line break makes it
    no other message to a customer."""
    parts = variant.parts or (variant.fixed or variant.source,)
    text = "".join(
        _plain(part) if isinstance(part, str) else f"{{{part.name}.{part.attribute}}}"
        for part in parts
    )
    return text or variant.source


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).casefold()
