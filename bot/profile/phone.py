"""Phone numbers, in the one form in which they are compared."""

import re

_SIGNS = re.compile(r"[\s()（）.-]+")
_CHINA = re.compile(r"(?:\+|00)?86(?=1\d{10}$)")


def plain_phone(text: str) -> str:
    """`text` without blanks, hyphens and China's +86; of another country, `+` and the digits.

    Two ways to write one number give the same result. Never log either.
    """
    digits = _CHINA.sub("", _SIGNS.sub("", text))
    return re.sub("^00", "+", digits)
