"""Codes of vouchers: as much chance as nobody guesses, in letters that nobody confuses.

The alphabet is Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O and U. What
people type for these, in whatever case and grouping, is understood as what they saw.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16  # of 5 bits each: 80 bits
GROUP = 4
_MEANT = str.maketrans("OIL", "011", " -")


def new_code() -> str:
    """A code that nobody else has, as it is kept."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """A kept code as people read it: `7K3M-0QXR-…`."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def normalised(entered: str) -> str | None:
    """What somebody typed as it would be kept; None for what can be no code."""
    code = entered.upper().translate(_MEANT)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
