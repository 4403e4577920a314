"""Typing errors: words that differ from another by one letter, or by two that are swapped."""

from collections.abc import Callable, Iterable, Iterator

from domain.search_words import is_unspaced

MIN_LETTERS = 4  # shorter words differ from too many others


def may_be_mistyped(word: str) -> bool:
    """Return whether a word is long enough to be found in spite of a typing error."""
    return len(word) >= MIN_LETTERS and not is_unspaced(word) and not word.isdigit()


def list_known(word: str, letters: Iterable[str], is_known: Callable[[str], bool]) -> list[str]:
    """Return the known words that a word may be a mistyped form of, each of them once.

    Args:
        word: What was typed.
        letters: All letters that known words have.
        is_known: Returns whether a word is known.
    """
    spaced = [letter for letter in letters if not is_unspaced(letter)]
    return [each for each in dict.fromkeys(_list_neighbours(word, spaced)) if is_known(each)]


def _list_neighbours(word: str, letters: list[str]) -> Iterator[str]:
    for place in range(len(word) + 1):
        start, rest = word[:place], word[place:]
        for letter in letters:
            yield start + letter + rest
        if not rest:
            break
        yield start + rest[1:]
        for letter in letters:
            yield start + letter + rest[1:]
        if len(rest) > 1:
            yield start + rest[1] + rest[0] + rest[2:]
