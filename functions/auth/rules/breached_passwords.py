"""Common and breached passwords: those that are tried first.

`breached_passwords.bin` holds the first five bytes of the SHA-256 of each, sorted: 474,743
passwords of eight characters or more, out of the million most frequent in published breaches. A
password that is not among them is taken for one of them once in 2.3 million. `make` it anew with
`python -m infra.breached_passwords`, which names the source.
"""

import unicodedata
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

PREFIX_BYTES = 5
FILE = Path(__file__).with_name("breached_passwords.bin")


def contains(password: str) -> bool:
    """Return whether the password is a common or breached one, in whatever case and width."""
    wanted = digest(password)
    digests = _read()
    low, high = 0, len(digests) // PREFIX_BYTES
    while low < high:
        middle = (low + high) // 2
        found = digests[middle * PREFIX_BYTES : (middle + 1) * PREFIX_BYTES]
        if found == wanted:
            return True
        if found < wanted:
            low = middle + 1
        else:
            high = middle
    return False


def digest(password: str) -> bytes:
    """Return what the file holds of a password."""
    text = unicodedata.normalize("NFKC", password).casefold()
    return sha256(text.encode()).digest()[:PREFIX_BYTES]


@lru_cache
def _read() -> bytes:
    return FILE.read_bytes()
