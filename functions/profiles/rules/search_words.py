"""Words of a text as searches compare them: without case, accents and punctuation."""

import re
import unicodedata
from collections.abc import Iterable

MAX_WORD = 40
_WORD = re.compile(r"[^\W_]+")


def split_words(text: str) -> list[str]:
    """Split a text into words, in order: `Café-Noir` becomes `cafe` and `noir`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    # Fold again: compatibility decomposition can yield capitals, as `™` becomes `TM`.
    return [word[:MAX_WORD] for word in _WORD.findall(plain.casefold())]


def normalize(text: str) -> str:
    """Return a form that is equal for different spellings of one name."""
    return " ".join(split_words(text))


def get_first_words(texts: Iterable[str], limit: int) -> tuple[str, ...]:
    """Return the first `limit` distinct words of the texts."""
    distinct: dict[str, None] = {}
    for text in texts:
        distinct.update(dict.fromkeys(split_words(text)))
    return tuple(distinct)[:limit]
