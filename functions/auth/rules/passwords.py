"""Passwords: which are refused, and hashes with the parameters OWASP recommends (argon2id).

Accounts that were imported have hashes of bcrypt until their owners sign in.
"""

import re
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from auth.rules import breached_passwords, imported_passwords

# Letters that a password has to have besides a name or an address that is part of it.
OWN_LETTERS = 4
SHORTEST_WORD = 3
# 19 MiB, t=2, p=1 (OWASP Password Storage Cheat Sheet).
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# The hash of 32 random bytes that were discarded, with the same parameters: no password fits.
_UNMATCHABLE = (
    "$argon2id$v=19$m=19456,t=2,p=1"
    "$sX5D9wWGkfLVGtVbW1f/Qw$p2By1c8SQOQh9Du78WKT9+hHqA4LaREIJe+lb92g0as"
)


def hash_password(password: str) -> str:
    """Return the hash to store, in PHC string format."""
    return _hasher.hash(_encode(password))


def matches(password: str, stored: str | None, *, imported_cost: int = 0) -> bool:
    """Return whether the password fits the hash.

    Without a hash (there is no such account) it takes as long and returns False. Where accounts
    were imported, every wrong password costs both kinds of hash, so that its time tells neither
    whether there is an account nor where it came from.

    Args:
        password: What was typed.
        stored: The hash of the account; None without one.
        imported_cost: Highest cost of the hashes that were imported, 0 for none.
    """
    cost = imported_passwords.read_cost(stored)
    if stored is not None and cost is not None:
        if imported_passwords.matches(password, stored):
            return True
        _verify(password, _UNMATCHABLE)
        # One hash of each cost below the highest one: 2^c + (2^c + … + 2^(h-1)) = 2^h rounds.
        for further in range(cost, imported_cost):
            imported_passwords.spend(password, further)
        return False
    if _verify(password, stored or _UNMATCHABLE) and stored is not None:
        return True
    if imported_cost:
        imported_passwords.spend(password, imported_cost)
    return False


def is_imported(stored: str | None) -> bool:
    """Return whether a hash is to be replaced once its owner has signed in by the password."""
    return imported_passwords.read_cost(stored) is not None


def _verify(password: str, phc: str) -> bool:
    try:
        return _hasher.verify(phc, _encode(password))
    except (VerifyMismatchError, InvalidHashError):
        return False


def _encode(password: str) -> bytes:
    # NFKC as NIST SP 800-63B advises: the same keys give the same bytes on every device.
    return unicodedata.normalize("NFKC", password).encode()


def find_weakness(password: str, email: str, name: str) -> str | None:
    """Return why a new password is refused; None if it is not (NIST SP 800-63B, 3.1.1.2).

    Common and breached ones, and those that are hardly more than the address or the name, are
    tried first. There are no rules of composition. The length is a matter of the schema.
    """
    if breached_passwords.contains(password):
        return "is one of the passwords that are tried first: choose another one"
    plain = _plain(password)
    for word in _personal_words(email, name):
        if word == plain or (
            word in plain and _count_letters(plain.replace(word, "")) < OWN_LETTERS
        ):
            return "is hardly more than your address or your name: choose another one"
    return None


def _personal_words(email: str, name: str) -> set[str]:
    local, _, domain = email.partition("@")
    words = {_plain(email), _plain(local), _plain(domain), _plain(name)}
    words |= {_plain(part) for part in (*name.split(), *re.split(r"[^\w]", local))}
    return {word for word in words if len(word) >= SHORTEST_WORD}


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _count_letters(text: str) -> int:
    return sum(character.isalpha() for character in text)
