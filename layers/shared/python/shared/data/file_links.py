"""Links to clean files, for servers that fetch them on behalf of a feature.

A platform takes the address of a picture, not its bytes. Only inspected copies have such a link,
and it ends within minutes (docs/adr/0016).
"""

from datetime import timedelta

import msgspec

from shared.data.exports import ExportSettings
from shared.platform import aws
from shared.platform.config import from_environment

PREFIX = "clean/"
# S3 does not say that an object is missing to whoever may not list the bucket.
_MISSING = (403, 404)
LIFETIME = timedelta(minutes=15)  # platforms fetch what they were sent within seconds, or retry


class FileLink(msgspec.Struct, frozen=True):
    """A link to a clean file.

    Attributes:
        url: The link; whoever knows it can read the file for some minutes.
        content_type: Media type of the file.
    """

    url: str
    content_type: str

    def __repr__(self) -> str:
        """Return a text without the link."""
        return f"FileLink(content_type={self.content_type!r})"


def sign(file_id: str) -> FileLink | None:
    """Sign a link to a clean file; None if there is no such file, or it was removed."""
    place = {
        "Bucket": from_environment(ExportSettings).exports_bucket,
        "Key": f"{PREFIX}{file_id}/original",
    }
    s3 = aws.client("s3")
    try:
        head = s3.head_object(**place)
    except s3.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in _MISSING:
            return None
        raise
    url = s3.generate_presigned_url(
        "get_object", Params=place, ExpiresIn=int(LIFETIME.total_seconds())
    )
    return FileLink(url, head["ContentType"])
