"""Passwords: which are refused, and hashes with the parameters OWASP recommends (argon2id)."""

import re
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from auth.rules import breached_passwords

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


def matches(password: str, phc: str | None) -> bool:
    """Return whether the password fits the hash.

    Without a hash (there is no such account) it takes as long and returns False.
    """
    try:
        return _hasher.verify(phc or _UNMATCHABLE, _encode(password)) and phc is not None
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
