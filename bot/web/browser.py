"""Language and theme of the user, as the browser or WeCom's client states them."""

import re

from bot.telling.words import LANGUAGES, Language

_LANGUAGE = re.compile(r"\bLanguage/([A-Za-z]+)")
_QUALITY = re.compile(r"q=([01](?:\.\d{0,3})?)")
_THEME = re.compile(r"\bColorScheme/(Light|Dark)\b")
_CLIENT = "wxwork/"


def client_language(user_agent: str) -> Language:
    """The language of WeCom's client: it adds "Language/en ColorScheme/Dark" to its version."""
    found = _LANGUAGE.search(user_agent) if is_client(user_agent) else None
    return "en" if found and found[1].lower() == "en" else "zh"


def is_client(user_agent: str) -> bool:
    return _CLIENT in user_agent


def browser_language(accepted: str) -> Language:
    """Which of ours a browser prefers by its Accept-Language; Chinese if it names neither."""
    ranked: list[tuple[float, Language]] = []
    for part in accepted.lower().split(","):
        name, _, quality = part.partition(";")
        known = next((one for one in LANGUAGES if name.strip().split("-")[0] == one), None)
        worth = _QUALITY.search(quality)
        if known:
            ranked.append((float(worth[1]) if worth else 1.0, known))
    best = max((worth for worth, _ in ranked), default=0.0)
    return next((one for worth, one in ranked if worth == best > 0), "zh")


def client_theme(user_agent: str) -> str:
    """The theme of WeCom's client, light or dark; "" if it does not say, or is no client."""
    found = _THEME.search(user_agent) if _CLIENT in user_agent else None
    return found[1].lower() if found else ""
