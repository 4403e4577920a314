"""Notifications that S3 sends to a queue when an object is created.

Format: AWS, "Event message structure" (Amazon S3 User Guide). A notification may arrive twice or
out of order, so consumers check the current state of the object.
"""

from urllib.parse import quote_plus, unquote_plus

import msgspec


class S3Object(msgspec.Struct, frozen=True):
    """An object that was created.

    Attributes:
        key: Key of the object.
        etag: ETag of the content that was written; None if unknown.
    """

    key: str
    etag: str | None = None


class _Object(msgspec.Struct, frozen=True):
    key: str  # URL-encoded
    etag: str | None = msgspec.field(name="eTag", default=None)


class _Stored(msgspec.Struct, frozen=True):
    object: _Object


class _Record(msgspec.Struct, frozen=True):
    s3: _Stored


class Notification(msgspec.Struct, frozen=True):
    """A message from S3. Its test message, sent when a bucket is configured, has no records."""

    records: list[_Record] = msgspec.field(name="Records", default_factory=list)

    @property
    def objects(self) -> list[S3Object]:
        """The objects that were created."""
        created = [record.s3.object for record in self.records]
        return [S3Object(unquote_plus(item.key), item.etag) for item in created]


def notification(key: str) -> Notification:
    """Create a notification of our own, to have an object handled again."""
    return Notification([_Record(_Stored(_Object(quote_plus(key, safe="/"))))])
