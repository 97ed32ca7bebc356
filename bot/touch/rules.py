"""The company's manners ([manners] in config/touch.toml), as one value."""

from dataclasses import dataclass

from bot.files.reader import NOT_NEGATIVE, POSITIVE, Rule, setting
from bot.touch.hours import Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """For messages that nobody asked for."""

    windows: Windows = setting(Windows)
    repeat_days: float = setting(90.0, rule=NOT_NEGATIVE)  # the same words not again until then
    spread_min: float = setting(60.0, rule=NOT_NEGATIVE)  # what waits comes over so many minutes
    apart_min: float = setting(  # kept from full and half hours, as WeCom advises
        3.0, rule=Rule(lambda value: 0 <= value <= 10, "Use 0 to 10")
    )
    best_hours: int = setting(  # how long the window is in which a customer writes most
        3, rule=Rule(lambda value: 0 <= value <= 12, "Use 0 (not learned) to 12")
    )
    best_messages: int = setting(12, rule=POSITIVE)  # messages in it, before it is believed
    notices_s: float = setting(  # notices of one kind to a member become one within so long
        60.0, rule=Rule(lambda value: 0 <= value <= 3600, "Use 0 (each by itself) to 3600")
    )
    opt_out: tuple[str, ...] = ()  # whoever writes this wants no more of these messages
    opt_out_unless: tuple[str, ...] = ()  # harmless phrases that contain one of these
    opt_in: tuple[str, ...] = ()  # whoever writes this wants them again
    opt_in_unless: tuple[str, ...] = ()  # …unless one of these is in the message, too
