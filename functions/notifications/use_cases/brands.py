"""Brands: saving them, and putting them into mails."""

import msgspec

from domain import quotation
from domain.errors import FieldError, InvalidFields, SessionEnded
from notifications.models import Brand, Channel, EmailContent
from notifications.rules import contrast
from notifications.schemas import BrandDetails, BrandRequest
from notifications.store import brands as store
from notifications.store import contacts
from notifications.templates import rendering
from notifications.use_cases.dispatch import OutgoingMessage
from shared.http.caller import Caller

MAX_FOOTER_LINE = 120
SIGNATURE = "-- "  # begins the signature of a mail (RFC 3676, 4.3)


def get(caller: Caller) -> BrandDetails:
    """Return the caller's brand, with nulls while they have none."""
    brand = store.find(caller.user_id)
    if brand is None:
        return BrandDetails(None, None, None)
    return BrandDetails(brand.name, brand.color, brand.footer)


def save(caller: Caller, request: BrandRequest) -> BrandDetails:
    """Save the caller's brand.

    Raises:
        InvalidFields: White cannot be read on the colour.
        SessionEnded: The caller's account was deleted.
    """
    color = request.color.lower()
    if contrast.compute_with_white(color) < contrast.MINIMUM:
        message = f"is too light for white text; {contrast.darken(color)} would do"
        raise InvalidFields(FieldError("body.color", message))
    store.save(Brand(caller.user_id, request.name, color, request.footer))
    if contacts.is_deleted(caller.user_id):  # the erasure may have come before the brand
        store.delete(caller.user_id)
        raise SessionEnded("This account was deleted.")
    return get(caller)


def apply(message: OutgoingMessage, artist_id: str | None) -> OutgoingMessage:
    """Put the brand of an artist into the frame of a mail, if there are both.

    Its words are the artist's, so they are shown on lines of their own and without links.
    """
    content = message.contents.get(Channel.EMAIL)
    if artist_id is None or not isinstance(content, EmailContent):
        return message
    brand = store.find(artist_id)
    if brand is None:
        return message
    name = quotation.flatten(brand.name)
    lines = [quotation.flatten(line, MAX_FOOTER_LINE) for line in (brand.footer or "").splitlines()]
    footer = [line for line in lines if line]
    signature = "\n".join([SIGNATURE, name, *footer])
    branded = msgspec.structs.replace(
        content,
        text=f"{content.text}\n\n{signature}",
        html=content.html and rendering.add_brand(content.html, name, brand.color, footer),
    )
    contents = {**message.contents, Channel.EMAIL: branded}
    return msgspec.structs.replace(message, contents=contents)
