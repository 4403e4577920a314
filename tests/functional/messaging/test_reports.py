"""Reports: told by members, looked into by admins."""

import pytest

from messaging.use_cases import reports
from tests.functional.messaging.people import (
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
def thread(world: World) -> World:
    world.open()
    world.send(world.client, "Buy my watches")
    return world


def report(world: World, **fields: object) -> str:
    body = {"reason": "spam", **fields}
    return str(ok(world.artist.post(world.path("/report"), json=body), 201)["id"])


def listed(world: World, query: str = "") -> list[dict[str, object]]:
    admin = world.as_user(ADMIN, "admin")
    return list(ok(admin.get(f"{REPORTS}?{query}"))["items"])


def test_admins_see_the_message_as_it_was(thread: World) -> None:
    message = thread.messages()[0].id
    reported = report(thread, messageId=message, details="Again\u0000!")
    ok(thread.client.delete(thread.path(f"/messages/{message}")), 204)
    assert listed(thread) == [
        {
            "id": reported,
            "conversationId": thread.cid,
            "messageId": message,
            "reporterId": ARTIST,
            "reportedId": CLIENT,
            "reason": "spam",
            "details": "Again!",
            "content": "Buy my watches",
            "createdAt": "2026-03-02T12:00:00Z",
            "closedAt": None,
            "closedBy": None,
        }
    ]


def test_the_same_again_adds_nothing(thread: World) -> None:
    message = thread.messages()[0].id
    ids = {report(thread), report(thread), report(thread, messageId=message)}
    assert len(ids) == len(listed(thread)) == 2


def test_a_report_is_closed_once(thread: World) -> None:
    reported = report(thread)
    admin = thread.as_user(ADMIN, "admin")
    closed = ok(admin.post(f"{REPORTS}/{reported}/close"))
    assert (closed["closedBy"], closed["closedAt"]) == (ADMIN, "2026-03-02T12:00:00Z")
    thread.later(hours=1)
    assert ok(admin.post(f"{REPORTS}/{reported}/close")) == closed
    assert (listed(thread), listed(thread, "state=closed")) == ([], [closed])
    assert admin.post(f"{REPORTS}/rpt_none/close").status_code == 404


def test_only_admins_look(thread: World) -> None:
    reported = report(thread)
    for person in (thread.artist, thread.client):
        assert code(person.get(REPORTS)) == (403, "forbidden")
        assert code(person.post(f"{REPORTS}/{reported}/close")) == (403, "forbidden")


def test_the_list_has_pages(thread: World) -> None:
    own = [report(thread)]
    for _ in range(4):
        thread.later(seconds=1)
        own.append(report(thread, messageId=thread.send(thread.client)["id"]))
    seen, cursor = [], ""
    admin = thread.as_user(ADMIN, "admin")
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


def test_wrong_fields_are_named(thread: World) -> None:
    for fields, wrong in WRONG:
        body = {"reason": "spam", **fields}
        assert set(errors(thread.artist.post(thread.path("/report"), json=body))) == {wrong}


def test_nobody_reports_their_own(thread: World) -> None:
    own = {"reason": "spam", "messageId": thread.messages()[0].id}
    answer = thread.client.post(thread.path("/report"), json=own)
    assert errors(answer) == {"body.messageId": "is your own"}


def test_too_many_are_refused(thread: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "REPORTS", 1)
    report(thread)
    body = {"reason": "spam"}
    assert thread.artist.post(thread.path("/report"), json=body).status_code == 429


def test_words_in_reports_go_with_who_said_them(thread: World) -> None:
    report(thread, messageId=thread.messages()[0].id, details="Elm Street")
    thread.hear("user.deleted", {"userId": CLIENT})
    (left,) = listed(thread)
    assert (left["content"], left["details"]) == (None, "Elm Street")
    thread.database.conversations.update_one(
        {"_id": thread.cid}, {"$set": {"client.erased": False}}
    )
    thread.hear("user.deleted", {"userId": ARTIST})
    (left,) = listed(thread)
    assert (left["reporterId"], left["details"]) == (None, None)
