"""Rotation of the data keys of tokens, by an operator (`make rotate-social-keys`)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from shared.data.conflicts import WriteConflict
from social.store import tokens as tokens_store
from social.use_cases import vault


class RotateDataKeysRequest(msgspec.Struct, frozen=True):
    """Which tokens to seal again.

    Attributes:
        after: Where the page before it ended.
        limit: How many items of the table are looked at.
    """

    after: str | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 200


class RotatedDataKeys(msgspec.Struct, frozen=True):
    """What was sealed again.

    Attributes:
        rotated: How many accounts have a new data key.
        skipped: How many changed meanwhile: a refresh gave them a new key as well.
        next: Where the next page begins; None after the last one.
    """

    rotated: int
    skipped: int
    next: str | None


def rotate(request: RotateDataKeysRequest) -> RotatedDataKeys:
    """Seal a page of tokens under new data keys. Nothing else about them changes."""
    found, after = tokens_store.scan(request.after, request.limit)
    skipped = 0
    for sealed in found:
        try:
            tokens_store.replace(vault.seal_again(sealed.state, vault.unseal(sealed)), sealed)
        except WriteConflict:
            skipped += 1
    return RotatedDataKeys(len(found) - skipped, skipped, after)
