"""Phone numbers, in the one form in which they are compared."""

import re
from unicodedata import normalize

# Address books of Windows and iPhones put signs that nobody sees around a number, and shops'
# systems a quote before it, so that Excel takes it for text.
_SIGNS = re.compile(r"[\s().'\u200b-\u200f\u2010-\u2015\u202a-\u202e-]+")
_NUMBER = re.compile(r"(?<=\d{7})\.0$")  # a program that took the column for numbers wrote it
_CHINA = re.compile(r"(?:\+|00)?86(?=1\d{10}$)")


def plain_phone(text: str) -> str:
    """`text` without such signs, blanks, hyphens and China's +86; of another country, `+` and the
    digits.

    Two ways to write one number give the same result. Never log either.
    """
    plain = _NUMBER.sub("", normalize("NFKC", text).strip())
    digits = _CHINA.sub("", _SIGNS.sub("", plain))
    return re.sub("^00", "+", digits)
