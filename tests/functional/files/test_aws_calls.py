"""AWS calls of each use case in a warm container, and the modules that are loaded for it."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from botocore.session import Session

from infra.paths import FUNCTIONS, LAYER
from tests.functional.files import samples
from tests.functional.files.world import ARTIST, FILES, World, sha256
from tests.support import aws_calls

JPEG = samples.image(size=(40, 30))
LARGE = samples.video(size=6_000_000)
VIDEO = {"contentType": "video/mp4", "name": "v.mp4"}
COUNT = "dynamodb:UpdateItem"  # the rate limit
# One GET of a write asks whether the caller's account was deleted.
GET, QUERY, MANY = "dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"
TRANSACTION = "dynamodb:TransactWriteItems"


@pytest.fixture
def steps(world: World) -> dict[str, tuple[Callable[[], Any], dict[str, int]]]:
    """Return each use case and its calls, in a container that has served requests before."""
    mine, theirs = world.new_clean_file(), world.new_clean_file(world.artist)
    world.share(theirs, sender=ARTIST)
    in_parts = world.new_upload(LARGE, **VIDEO)["id"]
    claim = {"parts": [{"number": 1, "sha256": sha256(b"x")}]}
    pending = world.new_upload(JPEG)["id"]
    etag = world.put_upload(pending, JPEG)
    world.list_public(mine)
    world.client.get(FILES)
    return {
        "create upload": (lambda: world.announce(JPEG), {COUNT: 1, GET: 2, TRANSACTION: 1}),
        "create upload in parts": (
            lambda: world.announce(LARGE, **VIDEO),
            {COUNT: 1, GET: 2, TRANSACTION: 1, "s3:CreateMultipartUpload": 1},
        ),
        "part urls": (
            lambda: world.client.post(f"{FILES}/{in_parts}/parts", json=claim),
            {COUNT: 1, GET: 2},
        ),
        "uploaded parts": (
            lambda: world.client.get(f"{FILES}/{in_parts}/parts"),
            {COUNT: 1, GET: 1, "s3:ListParts": 1},
        ),
        "own": (lambda: world.client.get(f"{FILES}/{mine}"), {COUNT: 1, GET: 1}),
        "shared": (lambda: world.client.get(f"{FILES}/{theirs}"), {COUNT: 1, GET: 1, MANY: 1}),
        "list": (lambda: world.client.get(FILES), {COUNT: 1, QUERY: 1}),
        "public": (lambda: world.anybody.get(f"{FILES}/public?ids={mine}"), {COUNT: 1, MANY: 1}),
        "inspect": (
            lambda: world.notify(pending, etag),
            {GET: 1, TRANSACTION: 2, "s3:GetObject": 1, "s3:PutObject": 4},
        ),
        "notified again": (
            lambda: world.notify(pending, etag),
            {GET: 1, "dynamodb:PutItem": 1},
        ),
        "remove": (
            lambda: world.client.delete(f"{FILES}/{mine}"),
            {COUNT: 1, GET: 2, TRANSACTION: 1},
        ),
        "health": (lambda: world.anybody.get(f"{FILES}/health"), {}),
    }


def test_each_use_case_makes_the_expected_calls_and_no_client(steps: Any) -> None:
    costs = {}
    with mock.patch.object(Session, "create_client", side_effect=AssertionError("made a client")):
        for name, (step, _) in steps.items():
            with aws_calls.counted() as calls:
                answer = step()
            assert getattr(answer, "status_code", 200) < 300, name
            costs[name] = {call: n for call, n in calls.items() if "secrets" not in call}
    assert costs == {name: expected for name, (_, expected) in steps.items()}


def test_only_the_inspector_loads_the_decoders() -> None:
    """Cold imports are billed: a request must not pay for Pillow."""
    script = (
        "import sys; import files.app; "
        "assert not {'PIL', 'puremagic', 'boto3'} & set(sys.modules), 'loaded'"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": f"{FUNCTIONS}:{LAYER / 'python'}", "AWS_REGION": "us-east-1"},
        check=True,
    )
