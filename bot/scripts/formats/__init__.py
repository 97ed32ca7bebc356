"""Scripts as others write them: one TOML file, JSON Lines, Excel; all become the same Scripts."""

from bot.scripts.formats.reading import ENDINGS, read_library

__all__ = ["ENDINGS", "read_library"]
