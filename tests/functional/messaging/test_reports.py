"""Reports: created by members, closed by admins."""

import pytest

from messaging.use_cases import reports
from tests.functional.messaging.world import (
    ADMIN,
    ARTIST,
    CLIENT,
    PATH,
    World,
    code,
    errors,
    ok,
)

REPORTS = f"{PATH}/reports"


@pytest.fixture
def active_world(world: World) -> World:
    world.open()
    world.send(world.client, "Buy my watches")
    return world


def report(world: World, **fields: object) -> str:
    body = {"reason": "spam", **fields}
    return str(ok(world.artist.post(world.path("/report"), json=body), 201)["id"])


def listed(world: World, query: str = "") -> list[dict[str, object]]:
    admin = world.as_user(ADMIN, "admin")
    return list(ok(admin.get(f"{REPORTS}?{query}"))["items"])


def test_admins_see_the_message_as_it_was(active_world: World) -> None:
    message = active_world.messages()[0].id
    reported = report(active_world, messageId=message, details=" Again! ")
    ok(active_world.client.delete(active_world.path(f"/messages/{message}")), 204)
    assert listed(active_world) == [
        {
            "id": reported,
            "conversationId": active_world.cid,
            "messageId": message,
            "reporterId": ARTIST,
            "reportedId": CLIENT,
            "reason": "spam",
            "details": "Again!",
            "content": "Buy my watches",
            "createdAt": "2026-03-02T12:00:00Z",
            "closedAt": None,
            "closedBy": None,
            "versions": [],
            "kind": "message",
            "subjectId": message,
            "attachments": [],
            "warnings": 0,
            "hidden": False,
            "decision": None,
            "reversal": None,
        }
    ]


def test_a_report_keeps_what_the_message_said_before(active_world: World) -> None:
    message = active_world.messages()[0].id
    path = active_world.path(f"/messages/{message}")
    ok(active_world.client.patch(path, json={"content": "Have a nice day"}))
    report(active_world, messageId=message)
    ok(active_world.client.delete(path), 204)
    (kept,) = listed(active_world)
    assert kept["content"] == "Have a nice day"
    assert kept["versions"] == [{"content": "Buy my watches", "writtenAt": "2026-03-02T12:00:00Z"}]
    active_world.consume("user.deleted", {"userId": CLIENT})
    (erased,) = listed(active_world)
    assert (erased["content"], erased["versions"]) == (None, [])
    assert "watches" not in str(active_world.everything())


def test_a_repeated_report_adds_nothing(active_world: World) -> None:
    message = active_world.messages()[0].id
    ids = {report(active_world), report(active_world), report(active_world, messageId=message)}
    assert len(ids) == len(listed(active_world)) == 2


def test_a_report_is_closed_once(active_world: World) -> None:
    reported = report(active_world)
    admin = active_world.as_user(ADMIN, "admin")
    closed = ok(admin.post(f"{REPORTS}/{reported}/close"))
    assert (closed["closedBy"], closed["closedAt"]) == (ADMIN, "2026-03-02T12:00:00Z")
    active_world.later(hours=1)
    assert ok(admin.post(f"{REPORTS}/{reported}/close")) == closed
    assert (listed(active_world), listed(active_world, "state=closed")) == ([], [closed])
    assert admin.post(f"{REPORTS}/rpt_none/close").status_code == 404


def test_only_admins_see_reports(active_world: World) -> None:
    reported = report(active_world)
    for person in (active_world.artist, active_world.client):
        assert code(person.get(REPORTS)) == (403, "forbidden")
        assert code(person.post(f"{REPORTS}/{reported}/close")) == (403, "forbidden")


def test_the_list_has_pages(active_world: World) -> None:
    own = [report(active_world)]
    for _ in range(4):
        active_world.later(seconds=1)
        own.append(report(active_world, messageId=active_world.send(active_world.client)["id"]))
    seen, cursor = [], ""
    admin = active_world.as_user(ADMIN, "admin")
    while True:
        page = ok(admin.get(f"{REPORTS}?limit=2{cursor}"))
        seen += [each["id"] for each in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert sorted(seen) == sorted(own)
    assert set(errors(admin.get(f"{REPORTS}?state=closed{cursor}"))) == {"query.cursor"}


WRONG: list[tuple[dict[str, object], str]] = [
    ({"reason": "boring"}, "body.reason"),
    ({"details": "x" * 1_001}, "body.details"),
    ({"messageId": "msg_1"}, "body.messageId"),
    ({"messageId": "msg_01JD0000000000000000000000"}, "body.messageId"),
    ({"reportedId": ARTIST}, "body.reportedId"),
]


def test_wrong_fields_are_named(active_world: World) -> None:
    for fields, wrong in WRONG:
        body = {"reason": "spam", **fields}
        assert set(errors(active_world.artist.post(active_world.path("/report"), json=body))) == {
            wrong
        }


def test_nobody_reports_their_own_message(active_world: World) -> None:
    own = {"reason": "spam", "messageId": active_world.messages()[0].id}
    answer = active_world.client.post(active_world.path("/report"), json=own)
    assert errors(answer) == {"body.messageId": "is your own"}


def test_the_report_limit_holds(active_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "REPORT_LIMIT", 1)
    report(active_world)
    body = {"reason": "spam"}
    assert active_world.artist.post(active_world.path("/report"), json=body).status_code == 429


def test_a_users_words_in_reports_are_erased_with_them(active_world: World) -> None:
    report(active_world, messageId=active_world.messages()[0].id, details="Elm Street")
    active_world.consume("user.deleted", {"userId": CLIENT})
    (left,) = listed(active_world)
    assert (left["content"], left["details"]) == (None, "Elm Street")
    active_world.database.conversations.update_one(
        {"_id": active_world.cid}, {"$set": {"client.erased": False}}
    )
    active_world.consume("user.deleted", {"userId": ARTIST})
    (left,) = listed(active_world)
    assert (left["reporterId"], left["details"]) == (None, None)
