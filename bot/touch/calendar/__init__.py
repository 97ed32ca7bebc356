"""The calendar: public holidays, festivals by sun and moon, the company's own days, birthdays."""

from bot.touch.calendar.calendar import Calendar, Day, Kind, Names
from bot.touch.calendar.company import CompanyDays, Hours, Occasion, read_days

__all__ = ["Calendar", "CompanyDays", "Day", "Hours", "Kind", "Names", "Occasion", "read_days"]
