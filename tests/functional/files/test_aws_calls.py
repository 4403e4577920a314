"""What each use case costs: the calls to AWS in a warm container; and what is loaded for it."""

import subprocess
import sys
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
COUNT = "dynamodb:UpdateItem"  # the request against its limit
GET, QUERY, MANY = "dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"
TRANSACTION = "dynamodb:TransactWriteItems"


@pytest.fixture
def steps(world: World):
    """Each use case in a container that has served all limits before."""
    mine, theirs = world.clean(), world.clean(world.artist)
    world.share(theirs, sender=ARTIST)
    in_parts = world.announced(LARGE, **VIDEO)["id"]
    claim = {"parts": [{"number": 1, "sha256": sha256(b"x")}]}
    pending = world.announced(JPEG)["id"]
    etag = world.arrive(pending, JPEG)
    world.public(mine)
    world.client.get(FILES)
    return {
        "announce": (lambda: world.announce(JPEG), {COUNT: 1, MANY: 1, TRANSACTION: 1}),
        "announce in parts": (
            lambda: world.announce(LARGE, **VIDEO),
            {COUNT: 1, MANY: 1, TRANSACTION: 1, "s3:CreateMultipartUpload": 1},
        ),
        "part urls": (
            lambda: world.client.post(f"{FILES}/{in_parts}/parts", json=claim),
            {COUNT: 1, GET: 1},
        ),
        "arrived parts": (
            lambda: world.client.get(f"{FILES}/{in_parts}/parts"),
            {COUNT: 1, GET: 1, "s3:ListParts": 1},
        ),
        "own": (lambda: world.client.get(f"{FILES}/{mine}"), {COUNT: 1, GET: 1}),
        "shared": (lambda: world.client.get(f"{FILES}/{theirs}"), {COUNT: 1, GET: 1, MANY: 1}),
        "list": (lambda: world.client.get(FILES), {COUNT: 1, QUERY: 1}),
        "public": (lambda: world.anybody.get(f"{FILES}/public?ids={mine}"), {COUNT: 1, MANY: 1}),
        "inspect": (
            lambda: world.told_of(pending, etag),
            {GET: 1, TRANSACTION: 2, "s3:GetObject": 1, "s3:PutObject": 4},
        ),
        "told again": (
            lambda: world.told_of(pending, etag),
            {GET: 1, "dynamodb:PutItem": 1},
        ),
        "remove": (
            lambda: world.client.delete(f"{FILES}/{mine}"),
            {COUNT: 1, GET: 1, TRANSACTION: 1},
        ),
        "health": (lambda: world.anybody.get(f"{FILES}/health"), {}),
    }


def test_each_use_case_costs_what_it_must_and_makes_no_client(steps: Any) -> None:
    costs = {}
    with mock.patch.object(Session, "create_client", side_effect=AssertionError("made a client")):
        for name, (step, _) in steps.items():
            with aws_calls.counted() as calls:
                answer = step()
            assert getattr(answer, "status_code", 200) < 300, name
            costs[name] = {call: n for call, n in calls.items() if "secrets" not in call}
    assert costs == {name: expected for name, (_, expected) in steps.items()}


def test_only_the_inspector_loads_what_decodes() -> None:
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
