"""Skeletons: two names that look alike have the same one (Unicode Technical Standard 39, 4).

Ours is coarser than the standard's, because it only decides who may call themselves what: case,
marks, spaces and punctuation make no difference, and i, l and 1 are alike, as in most typefaces one
of them is like another.
"""

import re
import unicodedata

from domain.confusables import LOOKS_LIKE

_NOT_NAMED = re.compile(r"[\W_]+")
# What looks alike within ASCII: https://www.unicode.org/Public/security/latest/confusables.txt has
# `m` and `rn`, `0` and `O`, `1`, `I` and `l`.
_ALIKE = str.maketrans({"m": "rn", "w": "vv", "0": "o", "1": "l", "i": "l"})
_AS_LETTERS = str.maketrans({"3": "e", "4": "a", "5": "s", "7": "t", "8": "b"})


def get_skeleton(name: str) -> str:
    """Return what every name that looks like this one has in common with it."""
    return _NOT_NAMED.sub("", _fold(name)).translate(_ALIKE)


def split_skeletons(name: str) -> list[str]:
    """Return the skeletons of a name's words, in order."""
    return [get_skeleton(word) for word in _NOT_NAMED.split(_fold(name)) if word]


def read_digits(name: str) -> str:
    """Return a name with digits as the letters that they stand for: `5upp0r7` is `support`."""
    return name.translate(_AS_LETTERS)


def _fold(name: str) -> str:
    """Return a name in small letters of ASCII as far as it looks like them."""
    plain = "".join(LOOKS_LIKE.get(each, each) for each in _decompose(name))
    return _decompose(_decompose(plain).casefold())


def _decompose(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(
        each
        for each in decomposed
        if not unicodedata.combining(each) and unicodedata.category(each) != "Cf"
    )
