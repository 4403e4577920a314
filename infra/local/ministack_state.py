"""MiniStack's saved state, repaired before it is loaded again.

MiniStack 1.5.33 writes its state when it ends in good order, but S3 objects at once. Three things
then do not fit together (all measured):

- Records of a DynamoDB stream are not saved, but the number that a function has read is: after a
  restart as many new records would be skipped silently. Without that number it starts from the
  beginning.
- After a crash S3 still has the buckets of stacks that the older saved state does not know, and
  CloudFormation refuses to create a bucket that exists.
- A queue is found by its URL, which contains the port: on another port it would not be found.
"""

import json
import re
import shutil
from pathlib import Path

from infra.local.settings import ACCOUNT, HOST

_QUEUE_URL = re.compile(rf"http://{re.escape(HOST)}:\d+/{ACCOUNT}/")


def mend(state_dir: Path, s3_dir: Path, port: int) -> None:
    """Make the saved state consistent and fit for the port. MiniStack must not be running."""
    _forget_stream_positions(state_dir / "lambda.json")
    _drop_unknown_buckets(state_dir / "s3.json", s3_dir / ACCOUNT)
    for file in state_dir.glob("*.json"):
        text = file.read_text()
        file.write_text(_QUEUE_URL.sub(f"http://{HOST}:{port}/{ACCOUNT}/", text))


def _forget_stream_positions(file: Path) -> None:
    if file.exists():
        state = json.loads(file.read_text())
        state["payload"].pop("dynamodb_stream_positions", None)
        file.write_text(json.dumps(state))


def _drop_unknown_buckets(file: Path, buckets_dir: Path) -> None:
    known = set()
    if file.exists():
        # Keys are "<account>\0<repr of the bucket's name>".
        keys = json.loads(file.read_text())["payload"]["buckets_meta"]["data"]
        known = {key.partition("\0")[2].strip("'") for key in keys}
    for directory in buckets_dir.glob("*"):
        if directory.name not in known:
            shutil.rmtree(directory)
