"""Exports: one archive of what all features store about a user."""

import io
import json
import zipfile
from typing import Any

from shared.data.exports import FEATURES
from shared.http.caller import Role
from tests.functional.erasure.world import BUCKET, PASSWORD, Person, World
from tests.support import fake_aws


def request(person: Person) -> str:
    """Ask for an export, and return its id."""
    export_id: str = person.sign_in().post("/v1/auth/exports").json_body["id"]
    return export_id


def get(person: Person, export_id: str) -> Any:
    """Return an export as its owner sees it."""
    return person.send("GET", f"/v1/files/exports/{export_id}")


def read_archive(export_id: str) -> zipfile.ZipFile:
    """Return the archive, as the link leads to it."""
    key = f"exports/{export_id}/archive.zip"
    body = fake_aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return zipfile.ZipFile(io.BytesIO(body))


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
    archive = read_archive(export_id)
    assert archive.testzip() is None
    documents = {name for name in archive.namelist() if not name.startswith("files/")}
    assert documents == {f"{feature}.json" for feature in FEATURES}
    assert [name for name in archive.namelist() if name.startswith(f"files/{file_id}-")]
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
