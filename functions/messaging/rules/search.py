"""Search of messages: words by which a message is found, and how far one read looks back.

A message is stored with the beginnings of its words. A search reads the messages that hold its
rarest term from an index, in one window of positions after another.
"""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from domain import search_words

MAX_BEGINNING = 12  # characters; what is longer is compared with the text itself
FIRST_WINDOW = 100
MAX_READS = 4  # of one page
GROWTH = 50
_CANDIDATES = 200  # messages of one read that may turn out not to match


class Terms(msgspec.Struct, frozen=True):
    """Folded terms of a search, each of which a message must hold, the longest first."""

    terms: tuple[str, ...]

    @property
    def are_indexed(self) -> bool:
        """Whether the index alone tells which messages match."""
        return len(self.terms) == 1 and len(self.terms[0]) <= MAX_BEGINNING

    @property
    def key(self) -> str:
        """The terms as one text, equal for queries that find the same."""
        return " ".join(self.terms)

    def match(self, text: str) -> bool:
        """Return whether a text holds each of the terms, at the beginning of a word."""
        words = _list_terms(text)
        return all(_hold(words, term) for term in self.terms)

    def choose_rarest(self, texts: Sequence[str], current: str) -> str:
        """Return the term that the fewest of some texts hold, which were found by the current one.

        It stays the current one where no other is rarer.
        """
        listed = [_list_terms(text) for text in texts]

        def rank(term: str) -> tuple[int, bool]:
            return sum(_hold(words, term) for words in listed), term != current

        return min(self.terms, key=rank)


class Place(NamedTuple):
    """A place in a search, which goes back from it: a position, and the id of a message there.

    Attributes:
        position: A sequence in a conversation, or a time in milliseconds.
        id: Id of the message before which it is; empty for the place before all at the position.
    """

    position: int
    id: str = ""


class Window(msgspec.Struct, frozen=True):
    """A number of positions that one read looks at.

    Attributes:
        size: The number.
        growth: How much larger the next one is at most, as where nothing was found.
    """

    size: int = FIRST_WINDOW
    growth: int = GROWTH

    def next(self, hits: int, wanted: int) -> "Window":
        """Return the window for the next read, in which twice as much is expected as is wanted.

        Args:
            hits: Messages that this window had.
            wanted: Messages that are still wanted.
        """
        growth = 2 * wanted / hits if hits else self.growth
        return Window(math.ceil(self.size * min(growth, self.growth)), self.growth)


def count_candidates(terms: Terms, wanted: int) -> int:
    """Return how many messages a read may return, of which so many that match are wanted."""
    return wanted if terms.are_indexed else max(wanted, _CANDIDATES)


def parse(query: str) -> Terms:
    """Return the terms of a query: its words or, without any, its symbols."""
    terms = search_words.split_terms(query) or _list_symbols(query)
    return Terms(tuple(sorted(terms, key=lambda term: (-len(term), term))))


def list_beginnings(text: str) -> list[str]:
    """Return the beginnings of all words of a text, by which an index finds it."""
    return list(_list_beginnings(_list_terms(text)))


def shorten(term: str) -> str:
    """Return the beginning of a term that is in the index."""
    return term[:MAX_BEGINNING]


def _hold(words: Iterable[str], term: str) -> bool:
    return any(word.startswith(term) for word in words)


def _list_terms(text: str) -> list[str]:
    return search_words.list_index_terms(text) + _list_symbols(text)


def _list_symbols(text: str) -> list[str]:
    """Return the characters of a text that are in no word, each of them once: signs and emoji."""
    return [each for each in dict.fromkeys(search_words.fold(text)) if _is_symbol(each)]


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def _list_beginnings(words: Iterable[str]) -> dict[str, None]:
    return {
        word[:length]: None
        for word in words
        for length in range(1, min(len(word), MAX_BEGINNING) + 1)
    }
