"""Words as the search knows them, to mark them in excerpts.

The same rules stand in the functions of migration 0008, by which the index and the queries are made.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_WORDS = 8
"""Further words of a query are ignored."""

_PAIRED = (
    "\u1100-\u11ff\u2e80-\u312f\u3131-\u318f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7fb\uf900-\ufaff"
    "\U00016fe0-\U00018cff\U0001aff0-\U0001b2ff\U00020000-\U0003ffff"
)
_TRIPLED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\u1b00-\u1b7f\ua980-\ua9ff\uaa60-\uaadf"
_LEFT_OUT = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
)
_RUN = re.compile(f"[{_PAIRED}]+|[{_TRIPLED}]+")
_MARKS = re.compile(f"[{_LEFT_OUT}]+")
_ZERO_WIDTH_SPACES = re.compile("(?<=[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff])\u200b+")
_INVISIBLE = "\u00ad\u0640\u034f\u200c\u200d\u200e\u200f\u061c\u2060\u2061\u2062\u2063\u2064\ufeff"
_LETTERS = {ord(letter): plain for letter, plain in zip("đłħŧıð\u200b", "dlhtid ", strict=True)} | {
    ord(letter): plain for letter, plain in {"æ": "ae", "œ": "oe", "þ": "th"}.items()
}
_LETTERS |= dict.fromkeys(map(ord, _INVISIBLE), "")

_ORDINARY = f"[^ {_PAIRED}{_TRIPLED}]"
_LETTER = "[^\\W\\d_]"
_BETWEEN = f"(?<=[0-9])(?={_LETTER})|(?<={_LETTER})(?=[0-9])"
"""Where letters and digits meet, the second part can be found too: `1.2` in `v1.2`."""
_BEGIN = f"(?:(?<!{_ORDINARY})|{_BETWEEN})"
_END = f"(?:(?!{_ORDINARY})|{_BETWEEN})"


def fold(text: str) -> str:
    """Return the text without differences of case, of compatibility forms and of characters that nobody sees."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text).casefold()
    return _ZERO_WIDTH_SPACES.sub("", folded).translate(_LETTERS)


def spell_out(folded: str) -> str:
    """Return folded text with ä, ö, ü, å and ø as people spell them without these letters."""
    return re.sub("([aou])\u0308", r"\1e", folded).replace("a\u030a", "aa").replace("ø", "oe")


def strip_marks(folded: str) -> str:
    """Return folded text without the marks that people leave out."""
    return folded if folded.isascii() else unicodedata.normalize("NFC", _MARKS.sub("", folded.replace("ø", "o")))


def separate(folded: str) -> str:
    """Replace each character that belongs to no word by a space."""
    return folded.translate(_separators)


class _Separators(dict[int, int]):
    def __missing__(self, code: int) -> int:
        separates = unicodedata.category(chr(code))[0] in "PSZ" or unicodedata.category(chr(code)) == "Cc"
        value = ord(" ") if separates else code
        if code <= LAST_REMEMBERED:
            self[code] = value
        return value


LAST_REMEMBERED = 0xFFFF
_separators = _Separators()


class Pattern:
    """What is typed between two spaces: words that stand side by side, of which the last may be a prefix."""

    def __init__(self, words: Sequence[str]) -> None:
        *complete, last = words
        expressions = [_expression(word, _END) for word in complete]
        # A single character is a whole word: too many begin with it.
        expressions.append(_expression(last, _END if len(last) == 1 else f"{_ORDINARY}*"))
        self._regex = re.compile(" *".join(expressions))
        self._needed = max(re.split("[aou]e|aa", words[0]), key=len)

    def find(self, words: str) -> Iterator[tuple[int, int]]:
        """Yield where the pattern begins and ends in folded and separated text."""
        if self._needed in words:  # much faster than the regular expression
            for found in self._regex.finditer(words):
                yield found.span()

    def is_in(self, words: str) -> bool:
        return next(self.find(words), None) is not None


def _expression(word: str, ending: str) -> str:
    if _RUN.match(word):
        return re.escape(word)
    return _BEGIN + re.sub("([aou]e|aa)", r"\1?", re.escape(word)) + ending


def patterns_of(query: str) -> list[Pattern]:
    """Return the patterns of a query, of its first `MOST_WORDS` words."""
    patterns, left = [], MOST_WORDS
    for term in separate_terms(query):
        words = term[:left]
        if words:
            patterns.append(Pattern(words))
        left -= len(words)
    return patterns


def separate_terms(query: str) -> list[list[str]]:
    """Return the words of each part of a query between two spaces.

    >>> separate_terms("Ärger in utils/helpers.py, 用Python")
    [['aerger'], ['in'], ['utils', 'helpers', 'py'], ['用', 'python']]
    """
    terms = [separate(strip_marks(spell_out(term))) for term in fold(query).split()]
    return [_RUN.sub(r" \g<0> ", term).split() for term in terms]


@dataclass(frozen=True)
class Words:
    """The words of a text, and where in the text each of their characters comes from."""

    text: str
    origins: Sequence[int]
    """One more than there are characters: the last is the text's length."""

    @classmethod
    def of(cls, text: str) -> "Words":
        pieces, origins = [], []
        for begin, end in _clusters(text):
            piece = separate(strip_marks(fold(text[begin:end])))
            pieces.append(piece)
            origins += [begin] * len(piece)
        return cls("".join(pieces), [*origins, len(text)])

    def places(self, pattern: Pattern) -> list[tuple[int, int]]:
        """Return where the text matches."""
        return [(self.origins[begin], self._end(end)) for begin, end in pattern.find(self.text)]

    def _end(self, end: int) -> int:
        # To the end of the last character, whatever follows it and is not in the words.
        while end < len(self.text) and self.origins[end] == self.origins[end - 1]:
            end += 1
        return self.origins[end]


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text that are folded independently of each other."""
    begin = 0
    for place in range(1, len(text)):
        if not _continues(text[place]):
            yield begin, place
            begin = place
    if text:
        yield begin, len(text)


def _continues(char: str) -> bool:
    """Return whether a character may combine with the one before it."""
    if char.isascii():
        return False
    combines = unicodedata.category(char)[0] == "M" or "\u1160" <= char <= "\u11ff" or char in "\uff9e\uff9f"
    return combines or char == "\u200b" or char in _INVISIBLE
