"""Text in XML: pictures and feeds."""

import re
from html import escape

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Characters that XML does not allow, or that change the direction of the text around them."""


def cleaned(text: str) -> str:
    return _CONTROLS.sub("", text)


def escaped(text: str) -> str:
    """Text for the content of an element or of a quoted attribute."""
    return escape(cleaned(text))
