"""Files on the whole stack: S3 enforces upload forms, and its event starts the inspection."""

import base64
import hashlib
import json
import uuid
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from infra.application import REGION
from infra.local.settings import ACCOUNT
from tests.e2e.test_booking import new_person
from tests.e2e.test_messages import CONVERSATIONS
from tests.e2e.test_quick_actions import open_conversation
from tests.functional.files import samples
from tests.support.api import TIMEOUT_SECONDS, Api, eventually
from tests.support.stack import RunningStack

BUCKET = f"artist-booking-local-files-{ACCOUNT}"
PART = 5 * 1024 * 1024


@pytest.fixture
def client(stack: RunningStack, api: Api) -> Api:
    person = stack.new_person("client")
    return api.signed_in(person["email"], person["password"])


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def announce(client: Api, content: bytes, **changes: Any) -> dict[str, Any]:
    body = {
        "name": "arm.jpg",
        "size": len(content),
        "contentType": "image/jpeg",
        "sha256": sha256(content),
        "purpose": "message",
    } | changes
    answer = client.post("/v1/files", body)
    assert answer.status_code == 201, answer.text
    upload: dict[str, Any] = answer.json()
    return upload


def send(upload: dict[str, Any], content: bytes, **changes: str) -> int:
    form = upload["upload"]
    fields = form["fields"] | {name.replace("_", "-"): value for name, value in changes.items()}
    answer = requests.post(
        form["url"], data=fields, files={"file": ("x", content)}, timeout=TIMEOUT_SECONDS
    )
    return answer.status_code


def wait_for_decision(client: Api, file_id: str) -> dict[str, Any]:
    def probe() -> dict[str, Any] | None:
        file: dict[str, Any] = client.get(f"/v1/files/{file_id}").json()
        return file if file["status"] in ("clean", "rejected") else None

    return eventually(probe, "the inspection")


def new_file(client: Api, content: bytes, **changes: Any) -> str:
    """Upload a file, wait until it is clean, and return its id."""
    upload = announce(client, content, **changes)
    assert send(upload, content) == 204
    file = wait_for_decision(client, upload["id"])
    assert file["status"] == "clean", file
    return str(file["id"])


@pytest.mark.needs("upload-forms")
def test_a_form_accepts_exactly_the_announced_file(client: Api) -> None:
    content = samples.with_place()
    upload = announce(client, content)
    other = base64.b64encode(bytes(32)).decode()
    assert send(upload, content[:-1]) == 400
    assert send(upload, content + b"x") == 400
    assert send(upload, content, Content_Type="text/html") == 403
    assert send(upload, content, key="clean/mine/original") == 403
    assert send(upload, content, x_amz_checksum_sha256=other) == 403
    assert send(upload, content, acl="public-read") == 403
    assert client.get(f"/v1/files/{upload['id']}").json()["status"] == "pending"
    assert send(upload, content) == 204
    file = wait_for_decision(client, upload["id"])
    assert (file["status"], file["width"], file["height"]) == ("clean", 480, 640)
    got = requests.get(file["download"]["url"], timeout=TIMEOUT_SECONDS)
    assert got.status_code == 200
    assert got.headers["content-type"] == "image/jpeg"
    assert got.headers["content-disposition"].startswith('attachment; filename="arm.jpg"')
    assert samples.PLACE not in got.content
    for thumbnail in file["thumbnails"]:
        got = requests.get(thumbnail["url"], timeout=TIMEOUT_SECONDS)
        assert (got.status_code, got.headers["content-type"]) == (200, "image/webp")
    # The link is for this object only.
    elsewhere = file["download"]["url"].replace("/clean/", "/incoming/")
    assert requests.get(elsewhere, timeout=TIMEOUT_SECONDS).status_code == 403
    bare = file["download"]["url"].partition("?")[0]
    assert requests.get(bare, timeout=TIMEOUT_SECONDS).status_code == 403


def test_other_content_of_the_same_length_is_rejected(client: Api) -> None:
    content = samples.image()
    upload = announce(client, content)
    # AWS refuses it by the checksum. MiniStack does not compare it, but the inspector does.
    if send(upload, bytes(reversed(content))) == 204:
        assert wait_for_decision(client, upload["id"])["reason"] == "checksum_mismatch"


def test_a_large_file_is_uploaded_in_parts_of_exact_size_and_checksum(client: Api) -> None:
    content = samples.video(size=2 * PART + 1000)
    parts = [content[at : at + PART] for at in range(0, len(content), PART)]
    file_id = announce(client, content, contentType="video/mp4", name="v.mp4")["id"]
    claims = [{"number": n, "sha256": sha256(part)} for n, part in enumerate(parts, 1)]
    path = f"/v1/files/{file_id}"
    links = client.post(f"{path}/parts", {"parts": claims}).json()["parts"]
    for link, part in zip(links, parts, strict=True):
        url, headers = link["url"], link["headers"]
        short = headers | {"content-length": str(len(part) - 1)}
        assert requests.put(url, part[:-1], headers=short, timeout=60).status_code == 403
        assert requests.put(url, bytes(len(part)), headers=headers, timeout=60).status_code == 400
        if link["number"] != 2:
            assert requests.put(url, part, headers=headers, timeout=60).status_code == 200
    assert client.get(f"{path}/parts").json()["missing"] == [2]
    assert client.post(f"{path}/complete").status_code == 409
    assert (
        requests.put(links[1]["url"], parts[1], headers=links[1]["headers"], timeout=60).status_code
        == 200
    )
    assert client.post(f"{path}/complete").status_code == 202
    file = wait_for_decision(client, file_id)
    assert file["status"] == "clean"
    got = requests.get(file["download"]["url"], timeout=60).content
    assert len(got) == len(content)
    assert samples.PLACE not in got


@pytest.mark.needs("role-policies")
def test_only_the_inspector_reads_uploads_and_writes_clean_files(
    stack: RunningStack, client: Api
) -> None:
    content = samples.image()
    upload = announce(client, content)
    key = upload["upload"]["fields"]["key"]
    as_root(stack).put_object(Bucket=BUCKET, Key=f"{key}-kept", Body=content)
    others = [as_function(stack, name) for name in ("api", "sweeper", "events-worker")]
    for s3 in (*others, as_administrator(stack)):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.get_object(Bucket=BUCKET, Key=f"{key}-kept")
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket=BUCKET, Key="clean/mine", Body=content)
    inspector = as_function(stack, "inspector")
    with pytest.raises(ClientError, match="AccessDenied"):
        inspector.put_object(Bucket=BUCKET, Key=key, Body=content)


def test_an_attachment_is_shared_until_its_message_is_deleted(
    stack: RunningStack,
) -> None:
    artist, client, stranger = (new_person(stack, role) for role in ("artist", "client", "client"))
    file_id = new_file(client.api, samples.image())
    path = f"/v1/files/{file_id}"
    messages = f"{CONVERSATIONS}/{open_conversation(artist, client)}/messages"
    body = {"clientMessageId": uuid.uuid4().hex, "type": "image", "attachments": [file_id]}
    answer = client.api.post(messages, body)
    assert answer.status_code == 201, answer.text
    eventually(lambda: artist.api.get(path).ok, "the share")
    assert stranger.api.get(path).status_code == 404
    assert client.api.call("DELETE", f"{messages}/{answer.json()['id']}").status_code == 204
    eventually(lambda: artist.api.get(path).status_code == 404, "the end of the share")
    assert client.api.get(path).ok


def test_portfolio_files_are_public_and_avatars_are_for_users(
    stack: RunningStack, api: Api
) -> None:
    artist, client = new_person(stack, "artist"), new_person(stack, "client")
    file_id = new_file(artist.api, samples.image(), purpose="portfolio")

    added = artist.api.post("/v1/profiles/me/portfolio", {"fileId": file_id})
    assert added.status_code == 201, added.text  # whether or not profiles has consumed the event
    item = added.json()
    public = f"/v1/files/public?ids={file_id}"
    (file,) = eventually(lambda: api.get(public).json()["items"], "the public file")
    assert requests.get(file["download"]["url"], timeout=TIMEOUT_SECONDS).ok
    removed = artist.api.call("DELETE", f"/v1/profiles/me/portfolio/{item['id']}")
    assert removed.status_code == 204, removed.text
    eventually(lambda: api.get(public).json() == {"items": []}, "the end of the share")

    avatar = new_file(artist.api, samples.image(), purpose="avatar")
    chosen = artist.api.call("PATCH", "/v1/profiles/me", {"avatar": avatar})
    assert chosen.status_code == 200, chosen.text
    eventually(lambda: client.api.get(f"/v1/files/{avatar}").ok, "the avatar")
    assert api.get(f"/v1/files/{avatar}").status_code == 401


def test_malware_cannot_be_downloaded(client: Api) -> None:
    content = samples.image() + samples.EICAR_FILE
    upload = announce(client, content)
    assert send(upload, content) == 204
    file = wait_for_decision(client, upload["id"])
    assert (file["reason"], file["download"], file["thumbnails"]) == ("malware", None, [])


def test_a_removed_file_is_deleted_with_its_thumbnails(stack: RunningStack, client: Api) -> None:
    content = samples.image()
    upload = announce(client, content)
    assert send(upload, content) == 204
    file = wait_for_decision(client, upload["id"])
    path = f"/v1/files/{file['id']}"
    assert client.call("DELETE", path).status_code == 204
    assert client.call("DELETE", path).status_code == 204
    assert client.get(path).status_code == 404
    s3 = as_root(stack)

    def is_deleted() -> bool:
        stack.sweep("files")
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"clean/{file['id']}/")
        return int(listed["KeyCount"]) == 0

    eventually(is_deleted, "the removal")


def as_root(stack: RunningStack) -> Any:
    return stack.client("s3")


def as_function(stack: RunningStack, name: str) -> Any:
    """Return a client of S3 with the role of a function."""
    full = f"{stack.settings.prefix()}files-{name}"
    role = stack.client("lambda").get_function_configuration(FunctionName=full)["Role"]
    return as_role(stack, role)


def as_administrator(stack: RunningStack) -> Any:
    """Return a client of S3 with a role that only the bucket policy restricts."""
    iam, name = stack.client("iam"), f"administrator-{uuid.uuid4().hex}"
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy_document(trust))["Role"]
    everything = policy_document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=everything)
    return as_role(stack, role["Arn"])


def policy_document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def as_role(stack: RunningStack, role: str) -> Any:
    """Return a client of S3 with a role."""
    session = stack.client("sts").assume_role(RoleArn=role, RoleSessionName="tests")
    credentials = session["Credentials"]
    return boto3.client(
        "s3",
        endpoint_url=stack.settings.aws_endpoint,
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
