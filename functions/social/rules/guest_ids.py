"""Ids of guests and keys of their messages, derived from the provider's ids.

The same person has the same id each time, so nothing has to be looked up, and repetitions are
recognised. The provider's ids are not in events.
"""

import base64
from hashlib import sha256

_ID_CHARACTERS = 26  # 130 bits, as many characters as other ids have
_KEY_CHARACTERS = 40


def derive_guest_id(artist_id: str, provider: str, provider_user_id: str) -> str:
    """Return the id of a person who writes to an artist by a provider."""
    digest = sha256(f"{artist_id}\n{provider}\n{provider_user_id}".encode()).digest()
    return f"gst_{base64.b32encode(digest).decode()[:_ID_CHARACTERS]}"


def derive_message_key(account_id: str, mid: str, part: str = "") -> str:
    """Return the key of a message of an account.

    Args:
        account_id: Id of the account.
        mid: The provider's id of the message.
        part: What part of it, if it is not the whole.
    """
    digest = sha256(f"{account_id}\n{mid}".encode()).hexdigest()[:_KEY_CHARACTERS]
    return f"{digest}-{part}" if part else digest
