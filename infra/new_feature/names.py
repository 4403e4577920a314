"""Names of a new feature, in every spelling that its files need."""

import importlib.util
import keyword
import re
from dataclasses import dataclass

MAX_LENGTH = 20  # longer names do not fit the lines of the templates
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class NameRefused(Exception):
    """A name that cannot become a feature; the message says why."""


@dataclass(frozen=True)
class Names:
    """The names that templates can use: `$feature`, `$record` and their spellings.

    Attributes:
        feature: Python package and folder: `gift_cards`.
        record: One of what the feature keeps: `gift_card`.
    """

    feature: str
    record: str

    def placeholders(self) -> dict[str, str]:
        """Return every spelling by the name that templates use for it."""
        words = self.record.replace("_", " ")
        article = "an" if words[0] in "aeiou" else "a"
        return {
            "feature": self.feature,
            "path": self.feature.replace("_", "-"),
            "Feature": _camel(self.feature),
            "FEATURE": self.feature.upper(),
            "record": self.record,
            "Record": _camel(self.record),
            "RECORD": self.record.upper(),
            "recordCamel": _camel(self.record)[0].lower() + _camel(self.record)[1:],
            "words": words,
            "a_words": f"{article} {words}",
            "A_words": f"{article.capitalize()} {words}",
            "plural": self.feature.replace("_", " "),
            "Plural": self.feature.replace("_", " ").capitalize(),
            "prefix": self.record.replace("_", "")[:3],
        }


def names_of(feature: str, record: str | None = None) -> Names:
    """Return the names of a feature.

    Args:
        feature: A plural noun, such as `ratings` or `gift_cards`.
        record: Its singular; by default the feature's name without the `s` at its end.

    Raises:
        NameRefused: The names cannot be used.
    """
    record = record or feature.removesuffix("s")
    for name in (feature, record):
        if not _NAME.fullmatch(name) or len(name) > MAX_LENGTH:
            raise NameRefused(
                f"{name!r} must be lower-case words joined by underscores, "
                f"{MAX_LENGTH} characters at most."
            )
        if keyword.iskeyword(name):
            raise NameRefused(f"{name!r} is a keyword of Python.")
    if record == feature:
        raise NameRefused(f"Name one of the {feature} as well: RECORD=… (NAME is their plural).")
    return Names(feature, record)


def require_free(feature: str) -> None:
    """Refuse a name that Python already knows.

    Raises:
        NameRefused: There is a module of this name.
    """
    if importlib.util.find_spec(feature) is not None:
        raise NameRefused(f"{feature!r} is the name of a Python module that exists.")


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
