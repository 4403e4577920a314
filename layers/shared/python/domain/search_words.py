"""Words as every search compares them: in one spelling, and in pieces where no spaces part them.

A text that is stored for a search and the text that is searched for are folded by the same rule, so
what people leave out when they type makes no difference: case, accents, strokes, ligatures, width,
soft hyphens and other characters that nobody sees. Vowel signs that are letters of their script,
as in Hindi and Thai, stay, and so does the mark that makes ガ of カ.

Chinese and Japanese are written without spaces. A run of such characters is found by its pairs of
neighbours (bigrams): 東京タトゥー holds 東京, and also 京タ, タト, トゥ, ゥー.
"""

import re
import unicodedata
from functools import lru_cache

MAX_WORD = 40

# Letters that Unicode does not decompose, and that have no `WITH` in their names.
_LATIN = {
    "æ": "ae",
    "ð": "d",
    "ø": "o",
    "þ": "th",
    "ĸ": "k",
    "ŋ": "ng",
    "œ": "oe",
    "\u0131": "i",  # dotless
    "ȷ": "j",
    "ǝ": "e",
    "ə": "e",
    "ɛ": "e",
    "ɔ": "o",
    "ʒ": "z",
    "ƿ": "w",
    "ȝ": "y",
    "ⱥ": "a",
    "ⱦ": "t",
}
_LATIN_NAME = re.compile("LATIN SMALL LETTER ([A-Z]) WITH ")
# Canonical combining classes that letters need: nuktas, the marks of voiced kana, viramas, and the
# vowels of Thai, Lao, Telugu and Tibetan. The others are accents, points and strokes.
_KEPT_CLASSES = frozenset((0, 7, 8, 9, *range(84, 133)))
# Selectors of variants, the joiner of graphemes, fillers, and the stroke that lengthens Arabic.
_IGNORED = re.compile(
    "[\u034f\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
# Han with its marks of repetition, kana, bopomofo.
_UNSPACED = re.compile(
    "[\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b\u3041-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001aff0-\U0001b16f\U00020000-\U0003fffd]+"
)


def fold(text: str) -> str:
    """Return a text without what searches ignore: `Łukasz` becomes `lukasz`, `Straße` `strasse`.

    Characters that are no letters stay, so positions of words relative to each other do too.
    Folding a folded text changes nothing.
    """
    if text.isascii():
        return text.lower()
    # Decompose twice: compatibility decomposition can yield capitals, as `™` becomes `TM`, and
    # folding them can yield marks.
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = unicodedata.normalize("NFKD", plain.casefold())
    plain = plain.translate({ord(each): _fold_character(each) for each in set(plain)})
    return unicodedata.normalize("NFC", plain)


def split_words(text: str) -> list[str]:
    """Split a text into folded words, in order: `Café-Noir` becomes `cafe` and `noir`.

    A word is cut after MAX_WORD characters. Text without spaces stays in one piece.
    """
    folded = fold(text)
    spaces = {ord(each): " " for each in set(folded) if not _is_in_words(each)}
    return [word[:MAX_WORD] for word in folded.translate(spaces).split()]


def normalize(text: str) -> str:
    """Return a form that is equal for different spellings of one name."""
    return " ".join(split_words(text))


def split_terms(text: str) -> list[str]:
    """Split what is searched for into terms, in order, each of them once.

    A term is a word, or a pair of neighbours in a run of Chinese or Japanese characters; a run of
    one character is a term too, and finds pairs as a prefix does.
    """
    return list(dict.fromkeys(term for run in _split_runs(text) for term in _split_run(run)))


def list_index_terms(text: str) -> list[str]:
    """Return the terms by which a text is found, in order, each of them once.

    Besides those of `split_terms`, a run's last character is one, because no pair begins with it.
    """
    terms: dict[str, None] = {}
    for run in _split_runs(text):
        terms.update(dict.fromkeys(_split_run(run)))
        if _UNSPACED.match(run):
            terms[run[-1]] = None
    return list(terms)


def is_unspaced(term: str) -> bool:
    """Return whether a term is of a script without spaces, whose terms are pairs."""
    return _UNSPACED.match(term) is not None


def _split_runs(text: str) -> list[str]:
    """Split a text into words, and these where a script with spaces meets one without."""
    return [
        run
        for word in split_words(text)
        for run in _UNSPACED.sub(lambda match: f" {match[0]} ", word).split()
    ]


def _split_run(run: str) -> list[str]:
    if len(run) == 1 or not _UNSPACED.match(run):
        return [run]
    return [run[start : start + 2] for start in range(len(run) - 1)]


def _is_in_words(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    """Return what stands for a decomposed character of lower case; nothing where it is ignored."""
    if character.isascii():
        return character
    if (
        unicodedata.combining(character) not in _KEPT_CLASSES
        or unicodedata.category(character) == "Cf"
        or _IGNORED.match(character)
    ):
        return ""
    if character in _LATIN:
        return _LATIN[character]
    named = _LATIN_NAME.match(unicodedata.name(character, ""))
    return named[1].lower() if named else character
