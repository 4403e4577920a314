"""Assets of a stack, uploaded to S3 once: their keys contain the hash of their content."""

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from infra.local import zips
from infra.local.assembly import Asset

_TEMPLATES_BUCKET = "staged-templates"


def publish(s3: Any, assets: Iterable[Asset]) -> None:
    """Upload the assets that their bucket does not hold yet, and create the bucket."""
    for asset in assets:
        if not _exists(s3, asset):
            s3.create_bucket(Bucket=asset.bucket)
            s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=_content(asset))


def stage_template(s3: Any, stack_name: str, template: bytes) -> str:
    """Upload the template to where CloudFormation can fetch it, and return its URL.

    A request holds at most 51,200 bytes of template, an object in S3 a million. MiniStack reads
    only path-style URLs of S3.
    """
    key = f"{stack_name}.json"
    s3.create_bucket(Bucket=_TEMPLATES_BUCKET)
    s3.put_object(Bucket=_TEMPLATES_BUCKET, Key=key, Body=template)
    return f"https://s3.amazonaws.com/{_TEMPLATES_BUCKET}/{key}"


def _content(asset: Asset) -> bytes:
    return zips.pack(zips.read(asset.source)) if asset.is_directory else asset.source.read_bytes()


def _exists(s3: Any, asset: Asset) -> bool:
    try:
        s3.head_object(Bucket=asset.bucket, Key=asset.key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True
