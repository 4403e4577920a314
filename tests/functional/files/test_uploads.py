"""Uploads: by a form, in parts, and within the quota."""

import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from chalice.test import HTTPResponse

from files.rules.file_types import QUOTAS, FilePurpose
from tests.functional.files import samples
from tests.functional.files.world import (
    BUCKET,
    CLIENT,
    FILES,
    World,
    form_policy,
    objects,
    query_parameters,
    s3,
    sha256,
    stored_items,
    usage,
)
from tests.support import aws_calls, threads

MIB = 1024 * 1024
PART_SIZE = 5 * MIB
JPEG = samples.image()
LARGE = 2 * PART_SIZE + 100


def errors_of(answer: HTTPResponse) -> dict[str, str]:
    assert answer.status_code == 422, answer.body
    return {error["field"]: error["message"] for error in answer.json_body["errors"]}


def test_a_small_file_is_uploaded_by_a_form_for_exactly_this_file(world: World) -> None:
    upload = world.new_upload(JPEG)
    form = upload["upload"]
    assert form["type"] == "form"
    assert upload["status"] == "pending"
    assert upload["expiresAt"] == "2026-11-22T13:00:00Z"
    key, policy = f"incoming/{upload['id']}", form_policy(form)
    conditions = policy["conditions"]
    checksum = form["fields"]["x-amz-checksum-sha256"]
    assert bytes.fromhex(sha256(JPEG)) == base64.b64decode(checksum)
    assert {"key": key} in conditions
    assert {"bucket": BUCKET} in conditions
    assert {"Content-Type": "image/jpeg"} in conditions
    assert {"x-amz-checksum-sha256": checksum} in conditions
    assert ["content-length-range", len(JPEG), len(JPEG)] in conditions
    assert not [c for c in conditions if isinstance(c, list) and c[0] == "starts-with"]
    assert policy["expiration"] == "2026-11-22T13:00:00Z"
    assert form["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def test_the_key_does_not_contain_the_name(world: World) -> None:
    for name in ("../../etc/passwd", "..\\..\\evil.jpg", "x" * 255, ".jpg"):
        upload = world.new_upload(JPEG, name=name)
        assert upload["upload"]["fields"]["key"] == f"incoming/{upload['id']}"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "body.name"),
        ({"name": "  "}, "body.name"),
        ({"name": "a\u202egpj.exe"}, "body.name"),
        ({"name": "x" * 256}, "body.name"),
        ({"size": 0}, "body.size"),
        ({"size": 100 * MIB + 1}, "body.size"),
        ({"size": 26 * MIB}, "body.size"),
        ({"size": "12"}, "body.size"),
        ({"sha256": "A" * 64}, "body.sha256"),
        ({"sha256": "a" * 64 + "\n"}, "body.sha256"),
        ({"contentType": "image/svg+xml"}, "body.contentType"),
        ({"contentType": "text/html"}, "body.contentType"),
        ({"contentType": "image/tiff"}, "body.contentType"),
        ({"contentType": "application/pdf", "purpose": "avatar"}, "body.contentType"),
        ({"contentType": "video/mp4", "purpose": "proof"}, "body.contentType"),
        ({"contentType": "application/pdf", "purpose": "consultation"}, "body.contentType"),
        ({"purpose": "backup"}, "body.purpose"),
        ({"ownerId": CLIENT}, "body.ownerId"),
        ({"status": "clean"}, "body.status"),
        ({"key": "clean/x"}, "body.key"),
    ],
)
def test_a_file_that_is_not_accepted_is_refused_by_field_and_not_counted(
    world: World, changes: Any, field: str
) -> None:
    assert set(errors_of(world.announce(JPEG, **changes))) == {field}
    assert stored_items() == []


def test_only_artists_have_a_portfolio(world: World) -> None:
    assert world.announce(JPEG, purpose="portfolio").status_code == 403
    assert world.announce(JPEG, world.artist, purpose="portfolio").status_code == 201


def test_the_same_idempotency_key_creates_one_file(world: World) -> None:
    body = {
        "name": "a.jpg",
        "size": len(JPEG),
        "contentType": "image/jpeg",
        "sha256": sha256(JPEG),
        "purpose": "message",
    }
    answers = [
        world.client.post(FILES, json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2)
    ]
    assert answers[0].json_body == answers[1].json_body
    assert usage() == (len(JPEG), 1)


# ---- in parts ------------------------------------------------------------------------------------


@pytest.fixture
def large(world: World) -> bytes:
    return samples.video(size=LARGE)


def begin_parts(world: World, content: bytes) -> str:
    upload = world.new_upload(content, contentType="video/mp4", name="v.mp4")
    assert upload["upload"]["type"] == "parts"
    sizes = [part["size"] for part in upload["upload"]["parts"]]
    assert sizes == [PART_SIZE, PART_SIZE, len(content) - 2 * PART_SIZE]
    return str(upload["id"])


def split_parts(content: bytes) -> list[bytes]:
    return [content[at : at + PART_SIZE] for at in range(0, len(content), PART_SIZE)]


def part_requests(content: bytes, *numbers: int) -> dict[str, Any]:
    parts = split_parts(content)
    return {
        "parts": [{"number": n, "sha256": sha256(parts[min(n, len(parts)) - 1])} for n in numbers]
    }


def send(file_id: str, content: bytes, *numbers: int) -> None:
    """Upload parts to S3."""
    (upload,) = s3().list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    for number in numbers:
        s3().upload_part(
            Bucket=BUCKET,
            Key=f"incoming/{file_id}",
            UploadId=upload["UploadId"],
            PartNumber=number,
            Body=split_parts(content)[number - 1],
        )


def test_each_part_has_a_url_for_exactly_this_part(world: World, large: bytes) -> None:
    file_id = begin_parts(world, large)
    answer = world.client.post(f"{FILES}/{file_id}/parts", json=part_requests(large, 3, 1))
    assert answer.status_code == 200, answer.body
    parts = answer.json_body["parts"]
    assert [part["number"] for part in parts] == [3, 1]
    for part in parts:
        query = query_parameters(part["url"])
        assert f"/incoming/{file_id}?" in part["url"]
        assert query["partNumber"] == str(part["number"])
        assert set(query["X-Amz-SignedHeaders"].split(";")) >= {
            "content-length",
            "x-amz-checksum-sha256",
        }
        assert query["X-Amz-Expires"] == "3600"
        assert part["headers"]["content-length"] == str(part["size"])


def test_an_interrupted_upload_can_be_resumed_and_completed(world: World, large: bytes) -> None:
    file_id = begin_parts(world, large)
    send(file_id, large, 1, 3)
    state = world.client.get(f"{FILES}/{file_id}/parts").json_body
    assert [part["number"] for part in state["parts"]] == [1, 3]
    assert state["missing"] == [2]
    answer = world.client.post(f"{FILES}/{file_id}/complete")
    assert (answer.status_code, answer.json_body["code"]) == (409, "parts_missing")
    assert "2" in answer.json_body["detail"]
    send(file_id, large, 2)
    for _ in range(2):  # the first response may get lost
        answer = world.client.post(f"{FILES}/{file_id}/complete")
        assert answer.status_code == 202, answer.body
        assert answer.json_body["status"] == "pending"
    assert objects() == {f"incoming/{file_id}": large}
    world.notify(file_id)
    assert world.file(file_id)["status"] == "clean"
    assert world.client.post(f"{FILES}/{file_id}/complete").json_body["status"] == "clean"
    assert world.client.get(f"{FILES}/{file_id}/parts").json_body["code"] == "upload_over"


def test_an_upload_that_s3_no_longer_has_is_over(world: World, large: bytes) -> None:
    file_id = begin_parts(world, large)
    send(file_id, large, 1, 2, 3)
    (upload,) = s3().list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    s3().abort_multipart_upload(
        Bucket=BUCKET, Key=f"incoming/{file_id}", UploadId=upload["UploadId"]
    )
    listed = world.client.get(f"{FILES}/{file_id}/parts")
    assert (listed.status_code, listed.json_body["code"]) == (409, "upload_over")
    completed = world.client.post(f"{FILES}/{file_id}/complete")
    assert (completed.status_code, completed.json_body["status"]) == (202, "pending")
    assert objects() == {}
    assert world.remove(file_id).status_code == 204
    world.sweep()  # there is nothing left to abort
    assert stored_items("REMOVAL#") == []
    assert usage() == (0, 0)


@pytest.mark.parametrize("operation", ["ListParts", "CompleteMultipartUpload"])
@pytest.mark.parametrize("code", ["NoSuchUpload", "NoSuchKey", "404", "NotFound"])
def test_an_upload_that_ends_while_it_is_completed_stays_pending(
    world: World, large: bytes, operation: str, code: str
) -> None:
    file_id = begin_parts(world, large)
    send(file_id, large, 1, 2, 3)
    gone = ClientError({"Error": {"Code": code}}, operation)
    with aws_calls.failing(operation, gone):
        answer = world.client.post(f"{FILES}/{file_id}/complete")
    assert (answer.status_code, answer.json_body["status"]) == (202, "pending")


@pytest.mark.parametrize("operation", ["ListParts", "CompleteMultipartUpload"])
def test_any_other_error_of_s3_is_no_end_of_an_upload(
    world: World, large: bytes, operation: str
) -> None:
    file_id = begin_parts(world, large)
    send(file_id, large, 1, 2, 3)
    with aws_calls.failing(operation, ClientError({"Error": {"Code": "InternalError"}}, operation)):
        assert world.client.post(f"{FILES}/{file_id}/complete").status_code >= 500
    assert world.client.post(f"{FILES}/{file_id}/complete").status_code == 202
    assert objects() == {f"incoming/{file_id}": large}


def test_part_urls_end_when_the_upload_does(world: World, large: bytes) -> None:
    file_id = begin_parts(world, large)
    path, body = f"{FILES}/{file_id}/parts", part_requests(large, 1)
    assert world.client.post(path, json=body).json_body["expiresAt"] == "2026-11-22T13:00:00Z"


@pytest.mark.parametrize("numbers", [(4,), (1, 1)])
def test_unknown_or_repeated_parts_are_refused(world: World, large: bytes, numbers: Any) -> None:
    file_id = begin_parts(world, large)
    answer = world.client.post(f"{FILES}/{file_id}/parts", json=part_requests(large, *numbers))
    assert set(errors_of(answer)) == {f"body.parts[{len(numbers) - 1}].number"}


def test_a_small_file_has_no_parts(world: World) -> None:
    file_id = world.new_upload(JPEG)["id"]
    answers = (
        world.client.post(f"{FILES}/{file_id}/parts", json=part_requests(JPEG, 1)),
        world.client.get(f"{FILES}/{file_id}/parts"),
        world.client.post(f"{FILES}/{file_id}/complete"),
    )
    assert [(a.status_code, a.json_body["code"]) for a in answers] == [(409, "not_in_parts")] * 3


def test_only_the_owner_can_upload_parts(world: World, large: bytes) -> None:
    file_id = begin_parts(world, large)
    for other in (world.artist, world.other_client, world.admin):
        assert (
            other.post(f"{FILES}/{file_id}/parts", json=part_requests(large, 1)).status_code == 404
        )
        assert other.get(f"{FILES}/{file_id}/parts").status_code == 404
        assert other.post(f"{FILES}/{file_id}/complete").status_code == 404


def test_cancelling_aborts_the_upload_and_frees_the_quota(world: World, large: bytes) -> None:
    file_id = begin_parts(world, large)
    send(file_id, large, 1)
    assert usage() == (len(large), 1)
    assert world.remove(file_id).status_code == 204
    assert usage() == (0, 0)
    world.sweep()
    assert "Uploads" not in s3().list_multipart_uploads(Bucket=BUCKET)
    assert world.client.get(f"{FILES}/{file_id}/parts").status_code == 404
    assert stored_items("REMOVAL#") == []


# ---- quotas --------------------------------------------------------------------------------------


@pytest.fixture
def limit_quota(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def set_to(count: int, size: int) -> None:
        changed = msgspec.structs.replace(QUOTAS[FilePurpose.MESSAGE], count=count, bytes=size)
        monkeypatch.setitem(QUOTAS, FilePurpose.MESSAGE, changed)

    return set_to


def test_the_quota_counts_bytes_and_files_per_purpose(world: World, limit_quota: Any) -> None:
    limit_quota(count=3, size=2 * len(JPEG) + 10)
    assert [world.announce(JPEG).status_code for _ in range(3)] == [201, 201, 409]
    refused = world.announce(JPEG).json_body
    assert refused["code"] == "quota_used_up"
    assert refused["detail"].startswith("For message you may keep 3 files of 0.0 MiB in all;")
    assert world.announce(JPEG[:10]).status_code == 201
    assert world.announce(JPEG[:1]).json_body["code"] == "quota_used_up"  # by number
    assert world.announce(JPEG, purpose="avatar").status_code == 201
    assert world.announce(JPEG, world.other_client).status_code == 201


def test_removed_and_rejected_files_free_the_quota(world: World, limit_quota: Any) -> None:
    limit_quota(count=1, size=10 * MIB)
    first = world.upload(JPEG)
    assert world.announce(JPEG).status_code == 409
    world.remove(first)
    wrong = world.upload(samples.EXE)
    assert world.file(wrong)["status"] == "rejected"
    assert usage() == (0, 0)
    assert world.announce(JPEG).status_code == 201


@pytest.mark.parametrize(("count", "size"), [(7, 100 * MIB), (100, 7 * len(JPEG) + 5)])
def test_concurrent_uploads_never_exceed_the_quota(
    world: World, limit_quota: Any, count: int, size: Any
) -> None:
    limit_quota(count=count, size=size)
    world.new_upload(JPEG)  # creates what is created on first use
    statuses = threads.together(20, lambda: world.announce(JPEG).status_code)
    assert set(statuses) <= {201, 409}
    created = 1 + statuses.count(201)
    assert created <= 7
    assert usage() == (created * len(JPEG), created)
    assert len([item for item in stored_items("FILE#") if item["sk"]["S"] == "RECORD"]) == created
    while world.announce(JPEG).status_code == 201:  # busy ones may be repeated
        created += 1
    assert created == 7


def test_a_refused_file_leaves_no_multipart_upload_behind(
    world: World, limit_quota: Any, large: bytes
) -> None:
    limit_quota(count=2, size=100 * MIB)
    world.new_upload(JPEG)
    world.new_upload(JPEG)
    before = usage()
    answer = world.announce(large, contentType="video/mp4")
    assert answer.status_code == 409
    assert usage() == before
    assert "Uploads" not in s3().list_multipart_uploads(Bucket=BUCKET)


def test_a_failed_transaction_aborts_the_multipart_upload(world: World, large: bytes) -> None:
    down = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
    with aws_calls.failing("TransactWriteItems", down):
        assert world.announce(large, contentType="video/mp4").status_code == 503
    assert "Uploads" not in s3().list_multipart_uploads(Bucket=BUCKET)
    assert usage() == (0, 0)


def test_a_deleted_account_cannot_upload(world: World) -> None:
    world.consume("user.deleted", {"userId": CLIENT})
    answer = world.announce(JPEG)
    assert (answer.status_code, answer.json_body["code"]) == (401, "session_ended")
