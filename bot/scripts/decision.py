"""What the matcher finds and decides, as values."""

from dataclasses import dataclass
from typing import Literal

Tier = Literal["exact", "keyword", "fuzzy"]
Band = Literal["answer", "ask", "handover", "silent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """The scores, 0..1, that decide."""

    answer: float = 0.77
    lead: float = 0.1  # over the next different script
    ask: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    script_id: str
    score: float  # 0..1
    tier: Tier
    example: str  # the normalised example, or the keyword entry, that matched


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do about a message, and why.

    `silent`: there is nothing to answer (an acknowledgement, a sticker) and nobody to call.
    """

    band: Band
    match: Match | None = None  # what to say; only when band is "answer"
    candidates: tuple[Match, ...] = ()  # best first; what to offer when band is "ask"
    normalised: str
    reason_zh: str
    reason_en: str
