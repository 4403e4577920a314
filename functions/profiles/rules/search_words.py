"""Text as searches compare it: words without case, accents and punctuation."""

import re
import unicodedata
from collections.abc import Iterable

MAX_WORD = 40
_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a text in their order: `Café-Noir` is `cafe` and `noir`."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    # Once more: what compatibility took apart may have case of its own, as `™` has.
    return [word[:MAX_WORD] for word in _WORD.findall(plain.casefold())]


def folded(text: str) -> str:
    """The text by which two spellings of one name are the same."""
    return " ".join(words(text))


def first_words(texts: Iterable[str], limit: int) -> tuple[str, ...]:
    """So many different words of these texts, those that come first."""
    found: dict[str, None] = {}
    for text in texts:
        found.update(dict.fromkeys(words(text)))
    return tuple(found)[:limit]
