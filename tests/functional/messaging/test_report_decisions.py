"""Decisions about reports: admins warn, hide, suspend, dismiss and show again."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from jsonschema import Draft202012Validator

from infra.paths import EVENTS
from messaging.use_cases import redaction, report_decisions
from tests.functional.messaging.live import Live
from tests.functional.messaging.test_files import CLEANED, FILE, consume
from tests.functional.messaging.test_reports import REPORTS, listed, report
from tests.functional.messaging.world import (
    ADMIN,
    ARTIST,
    CLIENT,
    World,
    code,
    contents,
    errors,
    ok,
)

CONTRACTS = (
    "message.hidden",
    "message.shown",
    "report.decided",
    "report.reversed",
    "report.suspension_ended",
)
WHY = {"reason": "Insults a person"}
WARNING = {**WHY, "text": "Do not insult people here."}


def open_with(world: World, content: str = "You are a fool") -> str:
    """Open a conversation with a message of the client. Return its id."""
    world.open()
    return str(world.send(world.client, content)["id"])


@pytest.fixture
def message(world: World) -> str:
    return open_with(world)


def act(
    world: World, report_id: str, action: str, body: Any = WHY, *, fresh: bool = True
) -> HTTPResponse:
    admin = world.as_user(ADMIN, "admin")
    if not fresh:
        authorizer = {**(admin.authorizer or {})}
        del authorizer["authTime"]
        admin = replace(admin, authorizer=authorizer)
    return admin.post(f"{REPORTS}/{report_id}/{action}", json=body)


def decided(world: World, *types: str) -> list[dict[str, Any]]:
    """Return the data of what was published about reports, all of which fits its contract."""
    world.deliver()
    published = [event for event in world.published() if event.type in CONTRACTS]
    for event in published:
        contract = json.loads((EVENTS / f"{event.type}.json").read_text())
        Draft202012Validator(contract["schema"]).validate(event.data)
        assert set(event.data) == set(contract["example"])
    wanted = types or ("report.decided",)
    return [event.data for event in published if event.type in wanted]


def test_a_warning_closes_the_report_and_is_counted(world: World, message: str) -> None:
    reported = report(world, messageId=message)
    other = report(world)
    closed = ok(act(world, reported, "warn", WARNING))
    assert (closed["closedBy"], closed["warnings"], closed["hidden"]) == (ADMIN, 1, False)
    assert closed["decision"] == {
        "decision": "warn",
        "adminId": ADMIN,
        "at": "2026-03-02T12:00:00Z",
        **WARNING,
        "suspension": None,
    }
    (event,) = decided(world)
    assert (event["reportedId"], event["reporterId"], event["text"]) == (
        CLIENT,
        ARTIST,
        WARNING["text"],
    )
    (open_one,) = listed(world)
    assert (open_one["id"], open_one["warnings"]) == (other, 1)
    assert contents(world.page(world.artist)) == ["You are a fool"]


def test_a_closed_report_is_decided_by_nobody(world: World, message: str) -> None:
    reported = report(world, messageId=message)
    ok(act(world, reported, "dismiss"))
    for action, body in (
        ("warn", WARNING),
        ("hide", WHY),
        ("suspend", WARNING),
        ("dismiss", WHY),
    ):
        assert code(act(world, reported, action, body)) == (409, "report_closed")
    assert len(decided(world)) == 1
    assert code(act(world, reported, "show")) == (409, "not_hidden")
    # The same person may report it again, because the first report is closed.
    assert report(world, messageId=message) != reported


def test_a_hidden_message_is_shown_to_its_author_only_and_live(live: Live) -> None:
    world = live.world
    artist, client = live.both()
    message = str(world.send(world.client, "You are a fool")["id"])
    world.deliver()
    reported = report(world, messageId=message)
    artist.received.clear()
    client.received.clear()
    ok(act(world, reported, "hide"))
    world.deliver()
    (theirs,), (own,) = artist.received, client.received
    assert (theirs["event"], theirs["message"]["content"]) == ("message.changed", None)
    assert theirs["message"]["hidden"] == {"at": own["message"]["hidden"]["at"], "reason": None}
    assert own["message"]["content"] == "You are a fool"
    assert own["message"]["hidden"]["reason"] == "Insults a person"
    assert own["message"]["revision"] == theirs["message"]["revision"] == 2
    (caught_up,) = world.page(world.artist, "changedAfter=1")["items"]
    assert caught_up == theirs["message"]
    assert contents(world.page(world.client)) == ["You are a fool"]
    assert world.conversation(world.artist)["lastMessage"]["preview"] is None
    assert ok(world.artist.get(world.path("/search?q=fool")))["items"] == []
    exported = ok(world.artist.get(world.path("/export")))
    assert contents(exported) == [None]
    edited = world.client.patch(world.path(f"/messages/{message}"), json={"content": "Nice"})
    assert code(edited) == (409, "message_hidden")
    assert [each["subjectId"] for each in decided(world)] == [message]

    shown = ok(act(world, reported, "show", {"reason": "It was a quotation"}))
    assert (shown["hidden"], shown["reversal"]["reason"]) == (False, "It was a quotation")
    assert contents(world.page(world.artist)) == ["You are a fool"]
    assert [event["reason"] for event in decided(world, "report.reversed", "report.decided")] == [
        "It was a quotation"
    ]
    assert world.conversation(world.artist)["lastMessage"]["preview"] == "You are a fool"
    assert ok(world.artist.get(world.path("/search?q=fool")))["items"] != []
    assert code(act(world, reported, "show")) == (409, "not_hidden")


def test_attachments_of_a_hidden_message_are_hidden_too(world: World) -> None:
    world.open()
    consume(world, CLEANED)
    sent = ok(world.try_sending(world.client, "", type="image", attachments=[FILE]), 201)
    reported = report(world, messageId=sent["id"])
    (view,) = listed(world)
    assert view["attachments"] == [FILE]
    ok(act(world, reported, "hide"))
    (seen,) = world.page(world.artist)["items"]
    assert seen["attachments"] == []
    (hidden,) = decided(world, "message.hidden")
    assert (hidden["messageId"], hidden["senderId"]) == (sent["id"], CLIENT)
    ok(act(world, reported, "show"))
    (shown,) = decided(world, "message.shown")
    assert shown["messageId"] == sent["id"]


def test_a_suspension_is_ordered_once_and_ends_with_its_time(world: World, message: str) -> None:
    reported = report(world, messageId=message)
    until = "2026-03-09T12:00:00Z"
    body = {**WARNING, "until": until, "hide": True}
    assert code(act(world, reported, "suspend", body, fresh=False)) == (403, "step_up_required")
    ordered = ok(act(world, reported, "suspend", body))
    assert ordered["decision"]["suspension"] == {"until": until, "state": "ordered"}
    assert ordered["hidden"]
    (event,) = decided(world)
    assert (event["decision"], event["until"], event["hides"]) == ("suspend", until, True)
    world.consume("user.suspended", {"userId": CLIENT, "reportId": reported})
    admin = world.as_user(ADMIN, "admin")
    done = ok(admin.get(f"{REPORTS}/{reported}"))
    assert done["decision"]["suspension"]["state"] == "done"
    assert report_decisions.sweep(world.now) == 0
    world.later(days=7)
    assert report_decisions.sweep(world.now) == 1
    (ended,) = decided(world, "report.suspension_ended")
    assert (ended["userId"], ended["until"]) == (CLIENT, until)
    assert report_decisions.sweep(world.now + timedelta(days=1)) == 0


def test_a_refused_suspension_is_shown_and_does_not_end(world: World, message: str) -> None:
    reported = report(world, messageId=message)
    ok(act(world, reported, "suspend", {**WARNING, "until": "2026-03-09T12:00:00Z"}))
    refused = {"userId": CLIENT, "reportId": reported, "reason": "protected_account"}
    world.consume("user.suspension_refused", refused)
    (view,) = listed(world, "state=closed")
    assert view["decision"]["suspension"]["state"] == "refused"  # type: ignore[index]
    world.later(days=8)
    world.deliver()
    assert report_decisions.sweep(world.now) == 0


def test_nobody_suspends_an_admin_a_guest_or_themselves(world: World, message: str) -> None:
    world.introduce(CLIENT, "admin", version=2)
    reported = report(world, messageId=message)
    assert code(act(world, reported, "suspend", WARNING)) == (409, "protected_account")
    world.database.reports.update_one({}, {"$set": {"reportedId": "gst_1"}})
    for action in ("suspend", "warn"):
        assert code(act(world, reported, action, WARNING)) == (409, "no_account")
    world.database.reports.update_one({}, {"$set": {"reportedId": ADMIN}})
    for action, body in (("suspend", WARNING), ("warn", WARNING), ("hide", WHY), ("dismiss", WHY)):
        assert code(act(world, reported, action, body)) == (403, "own_content")
    assert len(listed(world)) == 1


def test_a_conversation_is_not_hidden(world: World, message: str) -> None:
    reported = report(world)
    assert code(act(world, reported, "hide")) == (409, "not_hideable")
    assert code(act(world, reported, "warn", {**WARNING, "hide": True})) == (409, "not_hideable")


def test_the_end_of_a_suspension_is_within_a_year(world: World, message: str) -> None:
    reported = report(world, messageId=message)
    for until in ("2026-03-02T12:00:00Z", "2027-04-02T12:00:00Z"):
        answer = act(world, reported, "suspend", {**WARNING, "until": until})
        assert errors(answer) == {"body.until": "must be within the next year"}


def test_only_admins_decide(world: World, message: str) -> None:
    reported = report(world, messageId=message)
    for person in (world.artist, world.client):
        for action in ("warn", "hide", "show", "suspend", "dismiss"):
            answer = person.post(f"{REPORTS}/{reported}/{action}", json=WARNING)
            assert code(answer) == (403, "forbidden")
        assert code(person.get(f"{REPORTS}/{reported}")) == (403, "forbidden")


def test_a_decision_is_carried_out_by_the_sweeper_where_the_process_died(
    world: World, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported = report(world, messageId=message)

    def die(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(report_decisions, "_apply_to_message", die)
        assert act(world, reported, "hide").status_code >= 500
    assert contents(world.page(world.artist)) == ["You are a fool"]
    assert report_decisions.sweep(world.now) == 0
    world.later(seconds=61)
    assert report_decisions.sweep(world.now) == 1
    assert contents(world.page(world.artist)) == [None]
    assert len(decided(world)) == 1
    assert report_decisions.sweep(world.now + timedelta(hours=1)) == 0


SUBMITTED = {
    "reportId": "rpt_01JD35A1B2C3D4E5F6G7H8J9KM",
    "kind": "review",
    "subjectId": "rev_1",
    "reporterId": ARTIST,
    "reportedId": CLIENT,
    "reason": "harassment",
    "details": "They were never here.",
    "content": "1 of 5: Avoid this place",
    "attachments": [],
    "createdAt": "2026-03-02T12:00:00Z",
}


def test_reports_of_other_features_are_in_the_same_list_once(world: World, message: str) -> None:
    own = report(world, messageId=message)
    for _ in range(2):
        world.consume("report.submitted", SUBMITTED)
    assert {each["id"]: each["kind"] for each in listed(world)} == {
        own: "message",
        SUBMITTED["reportId"]: "review",
    }
    hidden = ok(act(world, str(SUBMITTED["reportId"]), "hide"))
    assert (hidden["content"], hidden["conversationId"], hidden["hidden"]) == (
        SUBMITTED["content"],
        None,
        True,
    )
    (event,) = decided(world)
    assert (event["kind"], event["subjectId"], event["hides"]) == ("review", "rev_1", True)


def test_words_of_erased_people_are_not_stored_with_late_reports(world: World) -> None:
    world.open()
    world.consume("user.deleted", {"userId": ARTIST})
    world.consume("user.deleted", {"userId": CLIENT})
    world.consume("report.submitted", SUBMITTED)
    (late,) = listed(world)
    assert (late["reporterId"], late["details"], late["content"]) == (None, None, None)


def test_what_is_hidden_shows_nowhere_else_and_takes_no_marks(world: World, message: str) -> None:
    path = world.path(f"/messages/{message}")
    ok(world.client.patch(path, json={"content": "You fool"}))
    ok(world.artist.put(f"{path}/star"), 204)
    ok(world.artist.put(f"{path}/pin"))
    world.send(world.artist, "Stop it", replyTo=message)
    ok(act(world, report(world, messageId=message), "hide"))
    for person, excerpt, versions in (
        (world.artist, None, []),
        (world.client, "You fool", ["You are a fool"]),
    ):
        assert world.page(person)["items"][1]["repliedTo"]["excerpt"] == excerpt
        found = ok(person.get(f"{path}/versions"))["items"]
        assert [each["content"] for each in found] == versions
        (pinned,) = ok(person.get(world.path("/pins")))["items"]
        assert pinned["content"] == excerpt
    (star,) = ok(world.artist.get("/v1/messages/stars"))["items"]
    assert star["message"]["content"] is None
    for mark in ("pin", "star", "reactions/%F0%9F%91%8D"):
        assert code(world.artist.put(f"{path}/{mark}")) == (409, "message_hidden")


def test_redaction_of_a_name_does_not_let_search_find_what_is_hidden(world: World) -> None:
    written = open_with(world, "Ada, you are a fool")
    key = {"$set": {"clientMessageId": "qa:1:0"}}
    world.database.messages.update_one({"_id": written}, key)
    ok(act(world, report(world, messageId=written), "hide"))
    for side in (ARTIST, CLIENT):
        redaction.remove_name(side, "Ada", world.now)
    stored = world.database.messages.find_one({"_id": written})
    assert stored is not None
    assert (stored["content"], stored["folded"], stored["words"]) == ("…, you are a fool", "", [])
