"""Unsubscribing: the categories of which each mail brings a link, and whose link it is.

Advertising needs a way to refuse it in each message (Directive 2002/58/EC, 13(4)), and so does a
request for a review, which courts take for advertising (BGH, VI ZR 225/17). Advice after a visit
belongs to the contract with the artist (GDPR, 6(1)(b)): it can be turned off, but is no
advertising.
"""

from hashlib import sha256

from notifications.models import MessageCategory

WITH_LINK = (MessageCategory.REVIEW, MessageCategory.MARKETING)
# What the page of a link lists. Whoever has a forwarded mail must not turn off notices of bookings.
LISTED = (MessageCategory.AFTERCARE, MessageCategory.REVIEW, MessageCategory.MARKETING)
ADDRESS_PREFIX = "adr_"


def build_contact_id(user_id: str | None, address: str) -> str:
    """Return the id of the contact that holds the choices of a recipient.

    Choices of an address without a user are kept by its hash.
    """
    return user_id or ADDRESS_PREFIX + sha256(address.encode()).hexdigest()[:32]
