"""Suspensions: accounts banned because of a report, by events of messaging."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from auth import consumers
from shared.data import bans
from shared.events.domain_events import DomainEvent
from shared.platform import clock
from tests.functional.auth.people import People, outbox
from tests.functional.auth.test_administration import REASON, Admins, denies

REPORT = "rpt_01JD2Z5Q0V8XKM3F7T9B4N6RWC"


@pytest.fixture
def admins(people: People) -> Admins:
    return Admins(people)


def event_of(type_: str, data: dict[str, Any]) -> DomainEvent:
    return DomainEvent(
        id=f"evt_{data['reportId']}.{type_}",
        source="/artist-booking/messaging",
        type=type_,
        subject=data["reportId"],
        time=clock.now(),
        data=data,
    )


def decide(admins: Admins, decision: str = "suspend", **fields: Any) -> DomainEvent:
    """Consume a decision of the admin about the artist."""
    data = {
        "reportId": REPORT,
        "kind": "message",
        "subjectId": "msg_1",
        "reporterId": None,
        "reportedId": admins.user_id,
        "decision": decision,
        "adminId": admins.id,
        "reason": "Insults a client",
        "text": "Do not insult people here.",
        "hides": False,
        "until": None,
        "decidedAt": clock.now().isoformat(),
        **fields,
    }
    event = event_of("report.decided", data)
    consumers.handle(event)
    return event


def end(admins: Admins, report_id: str = REPORT) -> None:
    data = {"reportId": report_id, "userId": admins.user_id, "until": clock.now().isoformat()}
    consumers.handle(event_of("report.suspension_ended", data))


def account(admins: Admins) -> dict[str, Any]:
    found: dict[str, Any] = admins.api.get(f"/v1/admin/users/{admins.user_id}").json_body
    return found


def test_a_suspended_user_is_banned_once_and_their_sessions_end(admins: Admins) -> None:
    event = decide(admins)
    consumers.handle(event)
    assert account(admins)["banReason"] == "Insults a client"
    assert bans.is_banned(admins.user_id)
    assert denies(admins.people, admins.tokens)
    assert admins.people.login().json_body["code"] == "account_banned"
    assert len(outbox("user.banned")) == 1
    (suspended,) = outbox("user.suspended")
    assert suspended.data["text"] == "Do not insult people here."
    (entry, *_) = admins.read_log(admins.user_id)
    assert (entry["action"], entry["actorId"], entry["details"]["reportId"]) == (
        "banned",
        admins.id,
        REPORT,
    )
    (own, *_) = admins.read_log(admins.id)
    assert (own["action"], own["details"]["action"]) == ("admin_acted", "banned")
    # Lifted by hand, the ban does not come back with a repetition of the event.
    assert admins.act("unban").status_code == 200
    consumers.handle(event)
    assert account(admins)["bannedAt"] is None


def test_a_suspension_ends_with_its_time_but_not_the_ban_of_an_admin(
    admins: Admins, clock: TimeMachineFixture
) -> None:
    until = "2026-11-29T12:00:00Z"
    decide(admins, until=until)
    assert account(admins)["banEndsAt"] == until
    end(admins, "rpt_of_another")
    assert account(admins)["bannedAt"] is not None
    clock.shift(timedelta(days=7))
    admins.api = admins.people.signed_in(
        admins.people.login("admin@example.com", "a long secret of an admin").json_body
    )
    end(admins)
    end(admins)
    assert account(admins)["bannedAt"] is None
    assert not bans.is_banned(admins.user_id)
    assert len(outbox("user.unbanned")) == 1
    (entry, *_) = admins.read_log(admins.user_id)
    assert (entry["action"], entry["actorId"]) == ("unbanned", None)
    decide(admins, reportId="rpt_2", until="2026-12-29T12:00:00Z")
    assert admins.act("ban").json_body["banEndsAt"] is None
    end(admins, "rpt_2")
    assert account(admins)["banReason"] == REASON["reason"]


def test_the_longer_of_two_suspensions_counts(admins: Admins) -> None:
    decide(admins, until="2026-11-29T12:00:00Z")
    decide(admins, reportId="rpt_2", until="2026-12-29T12:00:00Z")
    decide(admins, reportId="rpt_3", until="2026-11-25T12:00:00Z")
    assert account(admins)["banEndsAt"] == "2026-12-29T12:00:00Z"
    end(admins)
    end(admins, "rpt_3")
    assert account(admins)["bannedAt"] is not None
    # Each says how long the ban lasts then.
    assert [event.data["until"] for event in outbox("user.suspended")] == [
        "2026-11-29T12:00:00Z",
        "2026-12-29T12:00:00Z",
        "2026-12-29T12:00:00Z",
    ]


def test_nobody_suspends_admins_or_acts_who_is_none(admins: Admins) -> None:
    other_id, _ = admins.add("other@example.com")
    decide(admins, reportedId=other_id)
    decide(admins, reportId="rpt_2", adminId=admins.user_id)
    decide(admins, reportId="rpt_3", reportedId="usr_01JD2Z5Q0V8XKM3F7T9B4N6RWC")
    decide(admins, reportId="rpt_4", until="2026-11-22T11:00:00Z")
    assert outbox("user.banned") == []
    assert {event.data["reportId"]: event.data["reason"] for event in outbox()[-4:]} == {
        REPORT: "protected_account",
        "rpt_2": "not_an_admin",
        "rpt_3": "no_account",
        "rpt_4": "over",
    }


@pytest.mark.parametrize(
    ("decision", "hides", "action"),
    [
        ("warn", False, "warned"),
        ("warn", True, "warned"),
        ("hide", True, "content_hidden"),
        ("dismiss", False, None),
    ],
)
def test_every_other_decision_stands_in_the_audit_logs_once(
    admins: Admins, decision: str, hides: bool, action: str | None
) -> None:
    event = decide(admins, decision, hides=hides)
    consumers.handle(event)
    own = [entry for entry in admins.read_log(admins.id) if entry["action"] == "admin_acted"]
    assert [(entry["reason"], entry["details"]["reportId"]) for entry in own] == [
        ("Insults a client", REPORT)
    ]
    log = [entry["action"] for entry in admins.read_log(admins.user_id)]
    assert ([action] if action else []) == [each for each in log if each == action]
    assert account(admins)["bannedAt"] is None


def test_showing_again_stands_in_the_audit_logs(admins: Admins) -> None:
    data = {
        "reportId": REPORT,
        "kind": "message",
        "subjectId": "msg_1",
        "reportedId": admins.user_id,
        "adminId": admins.id,
        "reason": "It was a quotation",
        "decidedAt": clock.now().isoformat(),
    }
    consumers.handle(event_of("report.reversed", data))
    (entry, *_) = admins.read_log(admins.user_id)
    assert (entry["action"], entry["reason"]) == ("content_shown", "It was a quotation")
