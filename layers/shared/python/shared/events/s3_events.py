"""What S3 tells a queue when an object was created (AWS, "Event message structure").

It may be told twice and out of order, so whoever hears it looks at how things stand.
"""

from urllib.parse import quote_plus, unquote_plus

import msgspec


class S3Object(msgspec.Struct, frozen=True):
    """An object that was created. etag: of what was written then; None where nobody knows."""

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
    """One message of S3's. Its test message, sent when the bucket is set up, has no records."""

    records: list[_Record] = msgspec.field(name="Records", default_factory=list)

    @property
    def objects(self) -> list[S3Object]:
        """What was created."""
        stored = [record.s3.object for record in self.records]
        return [S3Object(unquote_plus(each.key), each.etag) for each in stored]


def notification(key: str) -> Notification:
    """The message by which we ourselves order that an object is looked at (again)."""
    return Notification([_Record(_Stored(_Object(quote_plus(key, safe="/"))))])
