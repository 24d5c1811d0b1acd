"""Scripts that write no spaces between words, or join particles to them: rules made for Latin words differ for them."""

import unicodedata

SPACELESS = (
    "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff"
    "\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00016fe0-\U0001b2ff\U0001f200-\U0001f2ff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean with their punctuation, as part of a regular expression."""

_LAST_LATIN_GREEK_OR_CYRILLIC = 0x052F


def is_wide(character: str) -> bool:
    """Whether it takes two columns, as Chinese characters and their punctuation do."""
    return unicodedata.east_asian_width(character) in "WFH"


def joins(character: str) -> bool:
    """Whether a word may go on at once behind markup or punctuation, without a space."""
    if is_wide(character):
        return True
    return ord(character) > _LAST_LATIN_GREEK_OR_CYRILLIC and unicodedata.category(character)[0] in "LM"
