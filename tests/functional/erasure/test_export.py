"""Exports: one archive of what all features store about a user."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

from infra import features
from shared.data.exports import FEATURES
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock as wall
from tests.functional.erasure.world import BUCKET, PASSWORD, Person, World
from tests.support import fake_aws
from tests.support.gateway import client_for


def request(person: Person) -> str:
    """Ask for an export, and return its id."""
    export_id: str = person.sign_in().post("/v1/auth/exports").json_body["id"]
    return export_id


def get(person: Person, export_id: str) -> Any:
    """Return an export as its owner sees it."""
    return person.send("GET", f"/v1/files/exports/{export_id}")


def read_archive(export_id: str) -> zipfile.ZipFile:
    """Return the archive, as the link leads to it."""
    return zipfile.ZipFile(io.BytesIO(read(f"exports/{export_id}/archive.zip")))


def read(key: str) -> bytes:
    """Return an object of the bucket."""
    content: bytes = fake_aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return content


def test_the_archive_has_a_document_of_each_feature_and_the_files(world: World) -> None:
    artist, client = Person("kanari", Role.ARTIST), Person("spatz", Role.CLIENT)
    world.settle()
    client.send("POST", "/v1/messages/conversations", {"artistId": artist.id})
    conversation = client.send("POST", "/v1/messages/conversations", {"artistId": artist.id})["id"]
    for number, person in enumerate((client, artist)):
        text = {"clientMessageId": f"message-{number}", "type": "text", "content": person.say("x")}
        person.send("POST", f"/v1/messages/conversations/{conversation}/messages", text)
    file_id = world.upload(client, "message")
    export_id = request(client)
    world.deliver_events()
    assert get(client, export_id) == {"id": export_id, "status": "building", "download": None}
    world.settle()
    ready = get(client, export_id)
    assert ready["status"] == "ready"
    assert f"exports/{export_id}/archive.zip" in ready["download"]["url"]
    assert "X-Amz-Expires=60&" in ready["download"]["url"]
    archive = read_archive(export_id)
    assert archive.testzip() is None
    documents = {name for name in archive.namelist() if not name.startswith("files/")}
    assert documents == {f"{feature}.json" for feature in FEATURES}
    (picture,) = (name for name in archive.namelist() if name.startswith(f"files/{file_id}-"))
    assert archive.read(picture) == read(f"clean/{file_id}/original")
    shares = {feature: json.loads(archive.read(f"{feature}.json")) for feature in FEATURES}
    assert shares["auth"]["account"]["email"] == client.email
    assert [message["content"] for message in shares["messaging"]["messages"]] == ["spatz x"]
    assert shares["profiles"]["person"]["name"] == client.name
    assert shares["notifications"]["contact"]["email"] == client.email
    everything = json.dumps(shares)
    for secret in ("password", "hash_", "codeHash", "p256dh", artist.email):
        assert secret not in everything
    left = fake_aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="exports/")["Contents"]
    assert [entry["Key"] for entry in left] == [f"exports/{export_id}/archive.zip"]


def test_each_link_needs_a_recent_proof_and_is_recorded(world: World) -> None:
    client = Person("kanari", Role.CLIENT)
    world.settle()
    export_id = request(client)
    path = f"/v1/files/exports/{export_id}"
    files = client_for(features.load("files"))
    minutes_ago = (wall.now() - timedelta(minutes=10, seconds=1)).timestamp()
    stale = files.as_user(client.id, Role.CLIENT, authenticated_at=minutes_ago)
    world.deliver_events()
    assert stale.get(path).json_body["status"] == "building"
    world.settle()
    refused = stale.get(path)
    assert (refused.status_code, refused.json_body["code"]) == (403, "step_up_required")
    events: list[DomainEvent] = []
    for session in ("ses_a", "ses_b"):
        owner = files.as_user(client.id, Role.CLIENT, session_id=session)
        assert owner.get(path).status_code == 200
        events += world.deliver_events()
    world.consume([each for each in events if each.type == "export.downloaded"])  # once more
    items = client.sign_in().get("/v1/auth/audit").json_body["items"]
    recorded = [each for each in items if each["action"].startswith("export_")]
    assert [each["action"] for each in recorded] == ["export_downloaded"] * 2 + ["export_requested"]
    assert [each["details"].get("sessionId") for each in recorded[:2]] == ["ses_b", "ses_a"]
    assert {each["details"]["exportId"] for each in recorded} == {export_id}


def test_it_is_mailed_belongs_to_its_owner_and_goes_with_the_account(world: World) -> None:
    client, other = Person("kanari", Role.CLIENT), Person("spatz", Role.CLIENT)
    world.settle()
    export_id = request(client)
    again = client.sign_in().post("/v1/auth/exports")
    assert (again.status_code, again.json_body["code"]) == (409, "export_requested_recently")
    world.settle()
    mails = [record for place, record in world.everything() if place == "notifications.deliveries"]
    assert [mail["recipientId"] for mail in mails if export_id in str(mail)] == [client.id]
    path = f"/v1/files/exports/{export_id}"
    assert other.api("files").get(path).status_code == 404
    answer = client.sign_in().delete("/v1/auth/me", json={"password": PASSWORD})
    assert answer.status_code == 204
    world.settle()
    assert client.api("files").get(path).status_code == 404
    assert not fake_aws.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents")
