"""Voucher codes: random, and free of letters that are easily confused.

The alphabet is Crockford's base 32 (https://www.crockford.com/base32.html), which has no I, L, O
and U. Parsing accepts any case and grouping, and reads O as 0, and I and L as 1.
"""

import secrets
from hashlib import sha256

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16  # characters of 5 bits: 80 random bits
GROUP = 4
_REPLACEMENTS = str.maketrans("OIL", "011", " -")


def create_code() -> str:
    """Create a random code in its stored form."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def format_code(code: str) -> str:
    """Format a stored code for people: `7K3M-0QXR-…`."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def parse_code(text: str) -> str | None:
    """Parse a typed code into the stored form; None if it cannot be a code."""
    code = text.upper().translate(_REPLACEMENTS)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def hash_code(code: str) -> str:
    """Return the SHA-256 of a stored code, in hexadecimal, by which other features know it.

    Its 80 random bits cannot be guessed from the hash.
    """
    return sha256(code.encode()).hexdigest()
