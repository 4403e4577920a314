"""The import of an earlier system's dump, into all features at once."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bcrypt
import pytest

from infra import features
from infra.local.settings import StackError
from infra.operate import rebuild
from infra.operate.import_monolith import importing
from infra.operate.import_monolith.dumps import Dump
from infra.operate.import_monolith.importing import Import
from tests.functional.erasure.world import BUCKET, World
from tests.functional.files.samples import image
from tests.functional.files.world import sqs_record
from tests.support import fake_aws
from tests.support.gateway import client_for

OLD_PASSWORD = "the old password"
CREATED = "2025-03-01 09:00:00"
KEYS = {
    "p256dh": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u"
    "-Ts1XbjhazAkj7I99e8QcYP7DkM",
    "auth": "tBHItJI5svbpez7KI4CCXg",
}


def person(number: int, role: str, **changes: Any) -> dict[str, Any]:
    """Return the row of a user."""
    password = bcrypt.hashpw(OLD_PASSWORD.encode(), b"$2b$04$abcdefghijklmnopqrstuu").decode()
    return {
        "id": number,
        "openId": f"open-{number}",
        "email": f"user{number}@example.com",
        "name": f"User {number}",
        "password": password,
        "role": role,
        "createdAt": CREATED,
    } | changes


def appointment(number: int, start: str, end: str, **changes: Any) -> dict[str, Any]:
    """Return the row of an appointment of the first artist and the first client."""
    return {
        "id": number,
        "artistId": 1,
        "clientId": 2,
        "serviceName": "Fine line",
        "startTime": start,
        "endTime": end,
        "status": "confirmed",
        "price": "120.50",
        "currency": "eur",
        "depositAmount": "50",
        "depositPaid": 1,
        "createdAt": CREATED,
    } | changes


ROWS: dict[str, list[dict[str, Any]]] = {
    "users": [
        person(1, "artist"),
        person(2, "user"),
        person(3, "admin"),
        person(4, "client", email="USER2@example.com"),
        person(5, "client", password="5f4dcc3b5aa765d61d8327deb882cf99"),
        person(6, "pirate"),
    ],
    "policies": [
        {"id": 1, "artistId": 1, "policyType": "deposit", "title": "Deposit",
         "content": "Half of it.", "enabled": 1, "updatedAt": CREATED},
        {"id": 2, "artistId": 1, "policyType": "deposit", "title": None,
         "content": "All of it.", "enabled": 1, "updatedAt": CREATED},
    ],
    "quickActionButtons": [
        {"id": number, "artistId": 1, "label": f"Say {number}", "actionType": kind,
         "content": text, "position": number, "enabled": 1, "createdAt": CREATED}
        for number, (kind, text) in enumerate([
            ("send_text", "Hello"), ("deposit_info", "Pay me"), ("send_text", "Hi {{nobody}}"),
        ], 1)
    ],
    "notificationTemplates": [
        {"id": 1, "userId": 1, "templateType": "followup", "title": "How is it, {clientName}?",
         "body": "Dear {{clientName}}, how is it?", "createdAt": CREATED},
        {"id": 2, "userId": 2, "templateType": "followup", "title": "x", "body": "y",
         "createdAt": CREATED},
    ],
    "pushSubscriptions": [
        {"id": 1, "userId": 2, "endpoint": "https://push.example.com/1", **KEYS,
         "createdAt": CREATED},
        {"id": 2, "userId": 2, "endpoint": "http://10.0.0.1/", **KEYS, "createdAt": CREATED},
    ],
    "portfolios": [
        {"id": 1, "artistId": 1, "imageUrl": "https://old.example.com/uploads/swallow.jpg?v=1",
         "description": "A swallow", "createdAt": CREATED},
        {"id": 2, "artistId": 1, "imageUrl": "https://old.example.com/lost.jpg",
         "description": "Lost", "createdAt": CREATED},
    ],
    "consultations": [
        {"id": 1, "artistId": 1, "clientId": 2, "subject": "A swallow", "description": "Small",
         "preferredDate": "2026-12-24", "status": "pending", "viewed": 0,
         "createdAt": "2026-11-22 08:00:00", "updatedAt": "2026-11-22 08:00:00"},
        {"id": 2, "artistId": 1, "clientId": 3, "subject": "Old", "description": "",
         "status": "archived", "viewed": 1, "createdAt": CREATED, "updatedAt": CREATED},
        {"id": 3, "artistId": 1, "clientId": 99, "subject": "Whose?", "description": "",
         "status": "pending", "viewed": 1, "createdAt": CREATED, "updatedAt": CREATED},
        {"id": 4, "artistId": 1, "clientId": 2, "subject": "Forgotten", "description": "",
         "status": "pending", "viewed": 0, "createdAt": CREATED, "updatedAt": CREATED},
    ],
    "conversations": [
        {"id": 1, "artistId": 1, "clientId": 2, "createdAt": CREATED, "lastMessageAt": CREATED},
        {"id": 2, "artistId": 1, "clientId": 2, "createdAt": CREATED, "lastMessageAt": CREATED},
        {"id": 3, "artistId": 2, "clientId": 3, "createdAt": CREATED, "lastMessageAt": CREATED},
    ],
    "messages": [
        {"id": 1, "conversationId": 1, "senderId": 2, "messageType": "text",
         "content": "Hello, a swallow?", "createdAt": "2025-03-01 10:00:00"},
        {"id": 2, "conversationId": 1, "senderId": 1, "messageType": "image",
         "content": "https://old.example.com/1.jpg", "createdAt": "2025-03-01 11:00:00"},
        {"id": 3, "conversationId": 1, "senderId": 3, "messageType": "text",
         "content": "I am no member", "createdAt": CREATED},
        {"id": 4, "conversationId": 2, "senderId": 2, "messageType": "text",
         "content": "In the other one", "createdAt": CREATED},
        {"id": 5, "conversationId": 1, "senderId": None, "messageType": "system",
         "content": "Booked", "createdAt": "2025-03-01 12:00:00"},
    ],
    "appointments": [
        appointment(1, "2026-11-30 09:00:00", "2026-11-30 11:00:00"),
        appointment(2, "2026-11-30 10:00:00", "2026-11-30 12:00:00"),
        appointment(3, "2025-04-01 10:00:00", "2025-04-01 12:00:00", status="completed"),
        appointment(4, "2026-11-30 10:00:00", "2026-11-30 12:00:00", status="cancelled"),
        appointment(5, "2026-11-30 13:00:00", "2026-11-30 12:00:00"),
        appointment(6, "2025-05-01 13:00:00", "2025-05-01 14:00:00", status="pending"),
        appointment(7, "2026-12-01 13:00:00", "2026-12-01 14:00:00", currency=None),
    ],
}  # fmt: skip
# What is set aside of these rows, by kind and number.
ASIDE = {
    ("users", 4): "The email address belongs to another account.",
    ("users", 6): "role 'pirate' is none of admin, artist, client, user",
    ("policies", 2): "The artist has another policy of this kind.",
    ("quickActionButtons", 3): "body.steps[0] uses the unknown variable {{nobody}}",
    ("notificationTemplates", 2): "userId 2 is no artist",
    ("pushSubscriptions", 2): "body.endpoint must be the https address of a push service",
    ("portfolios", 2): "the image https://old.example.com/lost.jpg is not in the dump's folder "
    "files",
    ("consultations", 3): "clientId 99 is in no row of users",
    ("conversations", 2): "The artist and the client have another conversation.",
    ("conversations", 3): "artistId 2 is no artist",
    ("messages", 3): "senderId 3 is no member of the conversation",
    ("messages", 4): "conversationId 2 is a row of conversations that was set aside",
    ("appointments", 2): "overlaps the appointment 1 of the same artist",
    ("appointments", 5): "It ends before it starts, or lasts more than a day.",
    ("appointments", 7): "has a price without a currency: name it with CURRENCY=…",
}


class InProcess:
    """Invokes operators' functions in this process; they may be cut off."""

    def __init__(self) -> None:
        self.calls = 0
        self.cut_after: int | None = None

    def ask(self, function: str, **question: Any) -> dict[str, Any]:
        """Invoke a function, and be cut off after one of the calls."""
        self.calls += 1
        for name, app in features.load_all().items():
            prefix = name.replace("_", "-") + "-"
            handler = function.removeprefix(prefix).replace("-", "_")
            if function.startswith(prefix) and handler in app.handler_map:
                answer: dict[str, Any] = json.loads(
                    json.dumps(app.handler_map[handler](json.loads(json.dumps(question)), None))
                )
                break
        else:
            raise StackError(f"There is no function {function}.")
        if self.calls == self.cut_after:
            raise KeyboardInterrupt
        return answer

    def walk(self, function: str) -> Iterator[dict[str, Any]]:
        """Yield all batches of a function that walks over people."""
        answer = self.ask(function, limit=100)
        yield answer
        while answer["next"] is not None:
            answer = self.ask(function, limit=100, next=answer["next"])
            yield answer


class Uploads:
    """Puts images where files takes them from, and has them inspected."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: list[str] = []

    def put(self, file_id: str, path: Path, content_type: str) -> None:
        """Put an image below `imports/`."""
        fake_aws.client("s3").put_object(
            Bucket=BUCKET,
            Key=f"imports/{file_id}",
            Body=path.read_bytes(),
            ContentType=content_type,
        )
        self._waiting.append(file_id)

    def inspect(self, _seconds: float) -> None:
        """Inspect what was taken over, as S3 has it done within seconds."""
        app: Any = features.load("files")
        for file_id in self._waiting:
            key = f"incoming/{file_id}"
            etag = fake_aws.client("s3").head_object(Bucket=BUCKET, Key=key)["ETag"].strip('"')
            stored = {"key": key, "eTag": etag}
            body = {"Records": [{"eventName": "ObjectCreated:Copy", "s3": {"object": stored}}]}
            app.handler_map["inspector"]({"Records": [sqs_record(body, 1)]}, None)
        self._waiting.clear()
        self._world.deliver_events()


Run = Callable[..., list[str]]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Write a dump, and return its folder."""
    for kind, rows in ROWS.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / f"{kind}.jsonl").write_text(text)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "swallow.jpg").write_bytes(image(size=(40, 30)))
    return tmp_path


@pytest.fixture
def operator() -> InProcess:
    """Return who invokes the functions."""
    return InProcess()


@pytest.fixture
def run(world: World, dump: Path, operator: InProcess) -> Run:
    """Return what imports the dump, and returns the lines about it."""
    uploads = Uploads(world)

    def run(**options: Any) -> list[str]:
        scope = fake_aws.PREFIX
        one = Import(operator, uploads, Dump(dump), scope, sleep=uploads.inspect, **options)
        return list(one.run())

    return run


def set_aside(dump: Path, name: str = "set-aside.jsonl") -> dict[tuple[str, int], str]:
    """Return the reasons of the rows that were set aside."""
    lines = (dump / f"import-{fake_aws.PREFIX}" / name).read_text().splitlines()
    return {(row["kind"], row["row"]): row["reason"] for row in map(json.loads, lines)}


def report(dump: Path, name: str = "report.json") -> dict[str, Any]:
    """Return the counts and checksums."""
    loaded: dict[str, Any] = json.loads((dump / f"import-{fake_aws.PREFIX}" / name).read_text())
    return loaded


def snapshot(world: World) -> list[str]:
    """Return everything that is stored but for events on their way."""
    return sorted(
        f"{place} {record}"
        for place, record in world.everything()
        if "OUTBOX#" not in str(record) and not place.startswith(("limits", "messaging.schema"))
    )


def client_of(number: int) -> tuple[dict[str, Any], Any]:
    """Sign in by an old password, and return the user and a client of each feature."""
    body = {"email": f"user{number}@example.com", "password": OLD_PASSWORD}
    answer = client_for(features.load("auth")).post("/v1/auth/login", json=body)
    assert answer.status_code == 200, answer.body
    tokens = answer.json_body

    def of(feature: str) -> Any:
        return client_for(features.load(feature)).with_token(tokens["accessToken"])

    return tokens["user"], of


def test_every_row_is_imported_or_set_aside_with_its_reason(
    world: World, dump: Path, run: Run
) -> None:
    lines = run()
    assert set_aside(dump) == ASIDE
    for kind, rows in ROWS.items():
        counts = report(dump)[kind]
        aside = sum(1 for found, _ in ASIDE if found == kind)
        assert (counts["read"], counts["written"]) == (len(rows), len(rows) - aside), kind
        assert counts.get("set_aside", 0) == aside
        assert counts["sourceSha256"] == counts["storedSha256"], kind
    assert report(dump)["users"]["columnsNotImported"] == ["openId"]
    assert lines[0].startswith("users: 6 read, 4 written, 0 unchanged")
    secret = (dump / f"import-{fake_aws.PREFIX}" / "set-aside.jsonl").read_text()
    assert "$2b$" not in secret


def test_the_same_dump_twice_changes_nothing(world: World, dump: Path, run: Run) -> None:
    run()
    world.settle()
    before = snapshot(world)
    first = report(dump)
    run()
    world.settle()
    assert snapshot(world) == before
    for kind, counts in report(dump).items():
        assert counts["unchanged"] == first[kind]["written"], kind
        assert counts["storedSha256"] == first[kind]["storedSha256"], kind
    assert set_aside(dump) == ASIDE


def test_users_go_on_where_they_were(world: World, run: Run) -> None:
    run()
    world.settle()
    artist, of_artist = client_of(1)
    client, of_client = client_of(2)
    booked = of_client("appointments").get("/v1/appointments?role=client").json_body["items"]
    assert {item["status"] for item in booked} == {"confirmed", "completed", "cancelled", "expired"}
    ahead = next(item for item in booked if item["status"] == "confirmed")
    assert ahead["price"] == {"amount": 12050, "currency": "EUR"}
    cancelled = of_client("appointments").post(f"/v1/appointments/{ahead['id']}/cancel", json={})
    assert cancelled.status_code == 200, cancelled.body
    (thread,) = of_client("messaging").get("/v1/messages/conversations").json_body["items"]
    assert thread["unread"] == 0
    page = of_client("messaging").get(f"/v1/messages/conversations/{thread['id']}/messages")
    contents = [item["content"] for item in page.json_body["items"]]
    assert contents == ["Hello, a swallow?", "https://old.example.com/1.jpg", "Booked"]
    listed = of_artist("consultations").get("/v1/consultations").json_body["items"]
    assert {item["status"] for item in listed} == {"pending", "expired"}
    drafts = of_artist("policies").get("/v1/policies/drafts").json_body["items"]
    assert [draft["text"] for draft in drafts] == ["Deposit\n\nHalf of it."]
    actions = of_artist("quick_actions").get("/v1/quick-actions").json_body["items"]
    assert [item["label"] for item in actions if not item["system"]] == ["Say 1", "Say 2"]
    visits = of_artist("profiles").get(f"/v1/profiles/clients/{client['id']}").json_body
    assert visits["client"]["visits"] == 1
    assert artist["role"] == "artist"


def test_nobody_is_notified_and_reminders_are_planned(world: World, run: Run) -> None:
    run()
    world.settle()
    assert world._databases["notifications"].deliveries.count_documents({}) == 0
    assert world._databases["notifications"].inbox.count_documents({}) == 0
    planned = list(world._databases["notifications"].reminders.find({"dueAt": {"$ne": None}}))
    assert planned
    contacts = world._databases["notifications"].contacts
    assert contacts.count_documents({"email": "user2@example.com"}) == 1
    world.pass_time(days=6)  # the day before the appointment
    sent = [each["recipientId"] for each in world._databases["notifications"].deliveries.find()]
    assert set(sent) == {client_of(2)[0]["id"]}


def test_a_rebuild_finds_no_difference(
    world: World, run: Run, operator: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    world.settle()
    lines = [str(line) for answer in operator.walk("messaging-copies") for line in answer["items"]]
    assert len(lines) == 4
    assert list(rebuild.compare(operator)) == []  # type: ignore[arg-type]  # the same calls


def test_a_dry_run_says_the_same_and_writes_nothing(world: World, dump: Path, run: Run) -> None:
    before = snapshot(world)
    lines = run(dry_run=True)
    assert snapshot(world) == before
    assert set_aside(dump, "set-aside-dry-run.jsonl") == ASIDE
    assert lines[-1] == "This was a dry run: nothing was written."


def test_what_was_removed_here_is_not_made_again(world: World, dump: Path, run: Run) -> None:
    run()
    world.settle()
    _, of_artist = client_of(1)
    (own,) = (
        item
        for item in of_artist("quick_actions").get("/v1/quick-actions").json_body["items"]
        if item["label"] == "Say 1"
    )
    assert of_artist("quick_actions").delete(f"/v1/quick-actions/{own['id']}").status_code == 204
    run()
    assert report(dump)["quickActionButtons"]["removed"] == 1
    labels = of_artist("quick_actions").get("/v1/quick-actions").body
    assert b"Say 1" not in labels


def test_an_import_that_is_cut_off_anywhere_goes_on(
    world: World, dump: Path, run: Run, operator: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call is cut off once after it wrote, before anything is recorded of it."""
    monkeypatch.setattr(importing, "BATCH", 2)
    cuts, done, lines = 0, 0, [""]
    operator.cut_after = 1
    while True:
        operator.calls = 0
        try:
            lines = run()
        except KeyboardInterrupt:
            cuts += 1
        else:
            break
        database = sqlite3.connect(dump / f"import-{fake_aws.PREFIX}" / "state.sqlite")
        ((now_done,),) = database.execute("SELECT coalesce(sum(line), 0) FROM checkpoints")
        database.close()
        # Behind a call that goes through now, the next one is cut off.
        operator.cut_after = operator.cut_after + 1 if now_done == done else 1
        done = now_done
    assert cuts > 30
    assert lines[0] == "going on where the last import ended"
    assert set_aside(dump) == ASIDE
    for kind, rows in ROWS.items():
        counts = report(dump)[kind]
        aside = sum(1 for found, _ in ASIDE if found == kind)
        stored = counts.get("written", 0) + counts.get("unchanged", 0)
        assert (counts["read"], stored) == (len(rows), len(rows) - aside), kind
        assert counts["sourceSha256"] == counts["storedSha256"], kind
    operator.cut_after = None
    world.settle()
    before = snapshot(world)
    run()
    world.settle()
    assert snapshot(world) == before
