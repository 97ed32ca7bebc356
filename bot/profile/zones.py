"""The time zone of a customer, if it is not the company's: the hours of messages follow it."""

from collections.abc import Mapping

ZONE = "zone"  # the field that tells it

# Zones in which customers may live; one for each clock, by its largest city.
ZONES: Mapping[str, tuple[str, str]] = {
    "Asia/Shanghai": ("北京时间（港澳台、新加坡）", "Beijing, Hong Kong, Singapore"),
    "Asia/Urumqi": ("新疆时间（乌鲁木齐）", "Xinjiang (Urumqi)"),
    "Asia/Tokyo": ("日本、韩国", "Japan, Korea"),
    "Asia/Bangkok": ("泰国、越南", "Thailand, Vietnam"),
    "Asia/Kolkata": ("印度", "India"),
    "Asia/Dubai": ("阿联酋（迪拜）", "Emirates (Dubai)"),
    "Europe/Moscow": ("俄罗斯（莫斯科）", "Russia (Moscow)"),
    "Europe/London": ("英国", "Britain"),
    "Europe/Paris": ("法国、德国、意大利、西班牙", "France, Germany, Italy, Spain"),
    "America/New_York": (
        "美国、加拿大东部（纽约、多伦多）",
        "East of America (New York, Toronto)",
    ),
    "America/Chicago": ("美国中部（芝加哥）", "Middle of America (Chicago)"),
    "America/Denver": ("美国山区（丹佛）", "Mountains of America (Denver)"),
    "America/Los_Angeles": (
        "美国、加拿大西部（洛杉矶、温哥华）",
        "West of America (Los Angeles, Vancouver)",
    ),
    "America/Sao_Paulo": ("巴西（圣保罗）", "Brazil (São Paulo)"),
    "Australia/Sydney": ("澳大利亚东部（悉尼、墨尔本）", "East of Australia (Sydney, Melbourne)"),
    "Pacific/Auckland": ("新西兰", "New Zealand"),
}


def zone_of(text: str) -> str | None:
    """The zone of that name, or with such a place in its name; None: none, or several."""
    folded = text.casefold()
    exact = [zone for zone, names in ZONES.items() if folded in map(str.casefold, (zone, *names))]
    near = [zone for zone, (zh, _) in ZONES.items() if len(text) > 1 and text in zh]
    found = exact or near
    return found[0] if len(found) == 1 else None
