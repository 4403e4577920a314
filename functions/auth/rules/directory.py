"""The order of the accounts in the lists of admins: by name, as people would look for it."""

import unicodedata

MAX_NAME_LENGTH = 100


def build_key(name: str, user_id: str) -> str:
    """Return where an account stands: behind those whose names come first."""
    return f"{fold(name)}#{user_id}"


def fold(name: str) -> str:
    """Return a name, or the beginning of one, without what people leave out when they search.

    Upper and lower case, accents, width and repeated spaces make no difference.
    """
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(each for each in decomposed if not unicodedata.combining(each))
    return " ".join(letters.split())[:MAX_NAME_LENGTH]
