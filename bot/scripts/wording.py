"""What customers read of a script, as a short mark by which the same words are recognised, however
the script around them changes."""

import unicodedata
from base64 import urlsafe_b64encode
from hashlib import blake2b

from bot.scripts.script import Script, Variant

_MARK = 4  # characters for each wording
_MOST = 8  # wordings: table touch has room for so many; of more, those with the least marks count


def words_of(script: Script) -> str:
    """The marks of all its wordings: nobody knows beforehand which of them will be said."""
    return "".join(sorted({_mark(variant) for variant in script.say})[:_MOST])


def alike(words: str, others: str) -> bool:
    """Whether two scripts, or two states of one, have a wording in common."""
    return not _marks(words).isdisjoint(_marks(others))


def _marks(words: str) -> set[str]:
    return {words[at : at + _MARK] for at in range(0, len(words), _MARK)}


def _mark(variant: Variant) -> str:
    return urlsafe_b64encode(blake2b(_read(variant).encode(), digest_size=3).digest()).decode()


def _read(variant: Variant) -> str:
    """Its letters, figures and variables: a comma, an emoji or a line break does not make it
    another message to a customer."""
    parts = variant.parts or (variant.fixed or variant.source,)
    text = "".join(
        _plain(part) if isinstance(part, str) else f"{{{part.name}.{part.attribute}}}"
        for part in parts
    )
    return text or variant.source


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).casefold()
