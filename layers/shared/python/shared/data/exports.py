"""Data exports: each feature writes its share of a user's data, and files makes one archive.

`export.requested` reaches every feature that stores personal data. Each puts one JSON document
below the prefix of the export in the bucket of files, so that no feature reads another's table. The
archive is made as soon as the documents of all FEATURES are there.
"""

from collections.abc import Callable, Mapping

import msgspec

from shared.data import tombstones
from shared.events.domain_events import ConsumedEvent, DomainEvent, decode_data
from shared.platform import aws
from shared.platform.config import from_environment

# Those that store something about users: a contract test holds it against the consumers of
# `user.deleted`.
FEATURES = (
    "appointments",
    "auth",
    "consultations",
    "files",
    "messaging",
    "notifications",
    "policies",
    "profiles",
    "quick-actions",
    "social",
)
PREFIX = "exports/"
# Of one kind of record in a share, so that a function's memory is enough.
MAX_RECORDS = 10_000


class ExportSettings(msgspec.Struct, frozen=True):
    """The environment variable that names the bucket."""

    exports_bucket: str = ""


class ExportRequested(ConsumedEvent, frozen=True):
    """`export.requested` of auth."""

    export_id: str
    user_id: str


def share_key(export_id: str, feature: str) -> str:
    """Return the key of a feature's share."""
    return f"{PREFIX}{export_id}/{feature}.json"


def write_share(
    event: DomainEvent, feature: str, gather: Callable[[str], Mapping[str, object]]
) -> None:
    """Write the share of a feature; it can be repeated.

    Args:
        event: `export.requested`.
        feature: The feature, as in FEATURES.
        gather: Returns the records of a user by kind, without secrets.
    """
    requested = decode_data(event, ExportRequested)
    if tombstones.is_deleted(requested.user_id):
        return
    share = msgspec.json.format(msgspec.json.encode(gather(requested.user_id)), indent=2)
    aws.client("s3").put_object(
        Bucket=from_environment(ExportSettings).exports_bucket,
        Key=share_key(requested.export_id, feature),
        Body=share,
        ContentType="application/json",
    )
