"""Notices of what admins decided about reports."""

from typing import Any

import pytest

from tests.functional.notifications.test_consumers import event
from tests.functional.notifications.world import World

REPORT = "rpt_01JD2Z5Q0V8XKM3F7T9B4N6RWC"


@pytest.fixture
def people(world: World) -> World:
    world.add_contact("usr_ada", name="Ada")
    world.add_contact("usr_bo", name="Bo")
    return world


def decide(world: World, decision: str, **fields: Any) -> None:
    """Consume a decision about something of Ada that Bo reported, twice."""
    data = {
        "reportId": REPORT,
        "kind": "portfolio_item",
        "subjectId": "itm_1",
        "reporterId": "usr_bo",
        "reportedId": "usr_ada",
        "decision": decision,
        "adminId": "usr_admin",
        "reason": "Copied from another artist",
        "text": "Do not insult people here.",
        "hides": False,
        "until": None,
        "decidedAt": "2030-01-31T09:30:00Z",
    }
    published = event(world, "report.decided", data | fields)
    for _ in range(2):
        world.consume_event(published)
    world.work("email")


def inbox(world: World, user_id: str) -> list[tuple[str, str]]:
    items = world.as_user(user_id).get("/v1/notifications/inbox").json_body["items"]
    return [(item["title"], item["body"]) for item in items]


def test_a_warned_user_reads_the_text_and_how_to_appeal(people: World) -> None:
    decide(people, "warn", hides=True)
    (mail,) = people.messages("email", "ada@example.com")
    assert mail["subject"] == "A warning from the admins"
    for text in ("Hello Ada", "portfolio item", "Do not insult people here.", REPORT, "answer"):
        assert text in mail["text"]
        assert text in mail["html"]
    assert "Nobody but you can see it" in mail["text"]
    assert len(inbox(people, "usr_ada")) == 1


def test_the_reporter_learns_the_outcome_and_no_details(people: World) -> None:
    decide(people, "warn")
    assert people.messages("email", "bo@example.com") == []
    assert inbox(people, "usr_bo") == [
        (
            "Your report was looked at (portfolio item)",
            "Something was done about it. Thank you.",
        )
    ]


def test_a_dismissed_report_notifies_its_reporter_only(people: World) -> None:
    decide(people, "dismiss", reason="")
    assert people.messages("email") == []
    assert inbox(people, "usr_ada") == []
    assert inbox(people, "usr_bo")[0][1] == "It does not break our rules. Thank you."


def test_an_author_learns_what_was_hidden_and_why(people: World) -> None:
    decide(people, "hide", hides=True, reporterId=None)
    (mail,) = people.messages("email", "ada@example.com")
    assert "Copied from another artist" in mail["text"]
    assert inbox(people, "usr_bo") == []


def test_a_hidden_message_of_a_guest_notifies_its_reporter_only(people: World) -> None:
    decide(people, "hide", hides=True, kind="message", reportedId="gst_1")
    assert people.messages("email") == []
    assert inbox(people, "gst_1") == []
    assert len(inbox(people, "usr_bo")) == 1


def test_a_suspended_user_gets_a_mail_once_auth_has_banned_them(people: World) -> None:
    decide(people, "suspend")
    assert people.messages("email") == []
    data = {
        "userId": "usr_ada",
        "reportId": REPORT,
        "text": "You sent advertisements to 40 artists.",
        "until": "2030-01-31T09:30:00Z",
    }
    people.consume("user.suspended", data)
    people.work("email")
    (mail,) = people.messages("email", "ada@example.com")
    for text in ("until 31 January 2030 at 09:30 UTC", data["text"], REPORT):
        assert text in mail["text"]


def test_german_readers_are_notified_in_german(people: World) -> None:
    people.database.contacts.update_one({"_id": "usr_ada"}, {"$set": {"locale": "de"}})
    decide(people, "hide", hides=True, kind="review")
    (mail,) = people.messages("email", "ada@example.com")
    assert mail["subject"] == "Etwas von Ihnen wurde verborgen"
    assert "Bewertung" in mail["text"]
