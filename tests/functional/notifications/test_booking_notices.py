"""Notices of bookings: their recipients, texts and order."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from notifications import consumers
from notifications.models import Channel, Delivery, DeliveryStatus, MessageCategory, PushContent
from notifications.store import deliveries, seen_events
from shared.events.domain_events import DomainEvent
from tests.functional.notifications.event_data import (
    ALL,
    ARTIST,
    CLIENT,
    appointment,
    charge,
    deposit,
    mail,
    notified,
    proposal,
    push,
    sms,
    waiting,
)
from tests.functional.notifications.world import World, address_of
from tests.support import aws_calls
from tests.support.mongo import COMMANDS

PHONE = "+61491570156"
HOSTILE = "<script>alert(1)</script><b>Eve</b>\r\nBcc: all@example.com\r\n\r\nPay to \u202eDE12"


WITHOUT_SMS = {"appointment.completed"}


def list_sms(world: World, recipient: str | None, type_: str) -> list[str]:
    return [] if type_ in WITHOUT_SMS else [sms(world, str(recipient)).text]


@pytest.fixture
def people(world: World) -> World:
    """A world with an artist and a client."""
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, name="Ada Byron")
    return world


def test_every_consumed_booking_event_is_tested_here() -> None:
    # The others are tested in test_consumers, test_message_notices, test_quick_actions,
    # test_moderation_notices, test_follow_notices and those of exports.
    others = ("user.", "message.", "conversation.", "quick_action", "export.", "report.", "follow.")
    consumed = {type_ for type_ in consumers.HANDLERS if not type_.startswith(others)}
    assert consumed - {"appointment.recorded"} == set(ALL)  # of that nobody is notified


# ---- recipients and templates ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "changes", "expected"),
    [
        ("appointment.created", {}, [(ARTIST, "new-booking")]),
        (
            "appointment.created",
            {"status": "pending"},
            [(ARTIST, "booking-request"), (CLIENT, "own-change")],
        ),
        (
            "appointment.created",
            {"by": "artist"},
            [(CLIENT, "booked-for-you"), (ARTIST, "own-change")],
        ),
        (
            "appointment.created",
            {"by": "system"},
            [(ARTIST, "new-booking"), (CLIENT, "booked-for-you")],
        ),
        ("appointment.created", {"proposalId": "prp_1"}, []),
        ("appointment.confirmed", {}, [(CLIENT, "appointment-confirmation")]),
        (
            "appointment.confirmed",
            {"by": "artist", "recordVersion": 2},
            [(CLIENT, "appointment-confirmation"), (ARTIST, "own-change")],
        ),
        (
            "appointment.confirmed",
            {"proposalId": "prp_1"},
            [(CLIENT, "appointment-confirmation")],
        ),
        ("appointment.confirmed", {"by": "artist"}, []),
        (
            "appointment.declined",
            {},
            [(CLIENT, "appointment-declined"), (ARTIST, "own-change")],
        ),
        (
            "appointment.rescheduled",
            {},
            [(ARTIST, "appointment-rescheduled"), (CLIENT, "own-change")],
        ),
        (
            "appointment.rescheduled",
            {"by": "artist"},
            [(CLIENT, "appointment-rescheduled"), (ARTIST, "own-change")],
        ),
        (
            "appointment.rescheduled",
            {"by": "system"},
            [(ARTIST, "appointment-rescheduled"), (CLIENT, "appointment-rescheduled")],
        ),
        (
            "appointment.cancelled",
            {},
            [(ARTIST, "appointment-cancelled"), (CLIENT, "own-change")],
        ),
        (
            "appointment.cancelled",
            {"by": "artist"},
            [(CLIENT, "appointment-cancelled"), (ARTIST, "own-change")],
        ),
        (
            "appointment.cancelled",
            {"by": "system"},
            [(ARTIST, "appointment-cancelled"), (CLIENT, "appointment-cancelled")],
        ),
        (
            "appointment.expired",
            {},
            [(ARTIST, "appointment-expired"), (CLIENT, "appointment-expired")],
        ),
        ("deposit.requested", {}, [(CLIENT, "deposit-requested")]),
        ("deposit.proof_submitted", {}, [(ARTIST, "deposit-proof-submitted")]),
        ("deposit.confirmed", {}, [(CLIENT, "deposit-update")]),
        ("deposit.rejected", {}, [(CLIENT, "deposit-update")]),
        ("deposit.refunded", {}, [(CLIENT, "deposit-update")]),
        ("deposit.forfeited", {}, [(CLIENT, "deposit-update")]),
        ("deposit.waived", {}, [(CLIENT, "deposit-update")]),
        ("deposit.due_soon", {}, [(CLIENT, "deposit-reminder"), (ARTIST, "deposit-unpaid")]),
        ("deposit.overdue", {}, [(ARTIST, "deposit-unpaid")]),
        ("deposit.overdue", {"released": True}, []),
        ("charge.paid", {}, [(CLIENT, "charge-update")]),
        ("charge.settled", {}, [(CLIENT, "charge-update")]),
        ("charge.waived", {}, [(CLIENT, "charge-update")]),
        ("charge.refunded", {}, [(CLIENT, "charge-update")]),
        ("appointment.completed", {}, [(CLIENT, "appointment-completed")]),
        (
            "appointment.no_show",
            {},
            [(CLIENT, "appointment-no-show"), (ARTIST, "own-change")],
        ),
        (
            "appointment.corrected",
            {},
            [(CLIENT, "appointment-corrected"), (ARTIST, "own-change")],
        ),
        ("proposal.sent", {}, [(CLIENT, "proposal-sent")]),
        ("proposal.accepted", {}, [(ARTIST, "proposal-accepted")]),
        ("proposal.declined", {}, [(ARTIST, "proposal-ended")]),
        ("proposal.withdrawn", {}, [(CLIENT, "proposal-ended")]),
        ("proposal.expired", {}, [(ARTIST, "proposal-ended"), (CLIENT, "proposal-ended")]),
        ("consultation.requested", {}, [(ARTIST, "consultation-requested")]),
        ("consultation.nudged", {}, [(ARTIST, "consultation-nudged")]),
        ("consultation.declined", {}, [(CLIENT, "consultation-ended")]),
        ("consultation.cancelled", {}, [(ARTIST, "consultation-ended")]),
        (
            "consultation.cancelled",
            {"by": "system"},
            [(ARTIST, "consultation-ended"), (CLIENT, "consultation-ended")],
        ),
        (
            "consultation.expired",
            {},
            [(ARTIST, "consultation-ended"), (CLIENT, "consultation-ended")],
        ),
        ("waitlist.offered", {}, [(CLIENT, "waitlist-offered")]),
        ("waitlist.opened", {}, [(CLIENT, "waitlist-opened")]),
        ("external_calendar.failed", {}, [(ARTIST, "external-calendar-failed")]),
        (
            "social_calendar.booking_changed_elsewhere",
            {},
            [(ARTIST, "booking-changed-elsewhere")],
        ),
    ],
)
def test_each_event_notifies_its_recipients_with_its_template(
    people: World, type_: str, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    people.consume(type_, ALL[type_] | changes)
    assert notified(people) == expected
    assert {delivery.category for delivery in people.deliveries()} <= {MessageCategory.BOOKING}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_direct_booking_notifies_each_side_once(people: World, order: tuple[int, int]) -> None:
    types = ("appointment.created", "appointment.confirmed")
    for position in order:
        people.consume(types[position], appointment())
    assert sorted(notified(people)) == [
        (CLIENT, "appointment-confirmation"),
        (ARTIST, "new-booking"),
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_client_whom_the_artist_booked_is_notified_once(
    people: World, order: tuple[int, int]
) -> None:
    types = ("appointment.created", "appointment.confirmed")
    for position in order:
        people.consume(types[position], appointment(by="artist"))
    assert notified(people) == [(CLIENT, "booked-for-you"), (ARTIST, "own-change")]


def test_a_request_and_its_answer_are_announced(people: World) -> None:
    people.consume("appointment.created", appointment(status="pending"))
    people.consume("appointment.confirmed", appointment(by="artist", recordVersion=2))
    assert notified(people) == [
        (ARTIST, "booking-request"),
        (CLIENT, "own-change"),
        (CLIENT, "appointment-confirmation"),
        (ARTIST, "own-change"),
    ]


def test_an_accepted_project_is_announced_once_to_the_artist_and_by_date_to_the_client(
    people: World,
) -> None:
    for number in (1, 2):
        sitting = appointment(appointmentId=f"apt_{number}", proposalId="prp_1")
        people.consume("appointment.created", sitting)
        people.consume("appointment.confirmed", sitting)
    people.consume("proposal.accepted", proposal(recordVersion=2))
    assert sorted(notified(people)) == [
        (CLIENT, "appointment-confirmation"),
        (CLIENT, "appointment-confirmation"),
        (ARTIST, "proposal-accepted"),
    ]


def test_every_channel_that_leads_to_the_recipient_is_used(world: World) -> None:
    world.add_contact(ARTIST, phone=PHONE, name="Mara Voss")
    world.add_contact(CLIENT, name="Ada Byron")
    world.subscribe(world.as_user(ARTIST, "artist"), "mara")
    world.consume("appointment.created", appointment(), hours=2)
    for channel in ("email", "sms", "push"):
        assert world.work(channel) == 0
    (letter,), (text,), (pushed,) = (world.messages(name) for name in ("email", "sms", "push"))
    assert letter["to"] == "mara@example.com"
    assert letter["subject"] == 'New booking: your "Half sleeve" on 2 July 2026'
    assert 'You have a new booking from "Ada Byron".' in letter["text"]
    assert "When:   Thursday, 2 July 2026, 09:30 (Europe/Berlin)" in letter["text"]
    assert 'Where:  "1 Main Street"' in letter["text"]
    assert text["to"] == PHONE
    assert text["text"] == (
        'New booking from "Ada Byron": your "Half sleeve", Thu 2 Jul 2026, 09:30 (Europe/Berlin).'
    )
    assert (pushed["title"], pushed["body"]) == (
        "New booking",
        'your "Half sleeve" for "Ada Byron", Thu 2 Jul 2026, 09:30',
    )
    assert letter["headers"]["x-correlation-id"] == "test-correlation-id"


# ---- missing recipients ------------------------------------------------------------------------


@pytest.mark.parametrize("type_", [type_ for type_ in ALL if type_[:3] in ("app", "dep")])
@pytest.mark.parametrize("by", ["artist", "client", "system"])
def test_a_walk_in_without_an_account_is_not_notified(people: World, type_: str, by: str) -> None:
    people.consume(type_, ALL[type_] | {"clientId": None, "by": by})
    assert {recipient for recipient, _ in notified(people)} <= {ARTIST}
    assert len(people.mails()) == len(people.deliveries())
    for letter in people.mails():
        assert "your client" in letter.text


@pytest.mark.parametrize("type_", ALL)
def test_an_unknown_artist_has_a_neutral_name(world: World, type_: str) -> None:
    world.add_contact(CLIENT, name="Ada Byron")
    world.consume(type_, ALL[type_] | {"by": "system"}, hours=2)
    assert {recipient for recipient, _ in notified(world)} <= {CLIENT}
    for _ in notified(world):
        assert "your artist" in mail(world, CLIENT).text


@pytest.mark.parametrize("type_", [type_ for type_ in ALL if "clientId" in ALL[type_]])
def test_an_erased_client_is_neither_notified_nor_named(people: World, type_: str) -> None:
    people.subscribe(people.as_user(CLIENT), "ada")
    subscription = people.find_document("subscriptions", {})
    people.consume("user.deleted", {"userId": CLIENT})
    people.database.subscriptions.insert_one(subscription)
    people.consume(type_, ALL[type_] | {"by": "system"})
    assert {delivery.recipient_id for delivery in people.deliveries()} <= {ARTIST}
    for _ in notified(people):
        assert "your client" in mail(people, ARTIST).text
        assert "Ada" not in str(mail(people, ARTIST))


def test_a_browser_reaches_a_user_without_a_contact(world: World) -> None:
    world.subscribe(world.as_user(ARTIST, "artist"), "mara")
    world.consume("appointment.created", appointment(), hours=2)
    assert push(world, ARTIST).body.startswith('your "Half sleeve" for your client')
    assert len(world.deliveries()) == 1


def test_an_empty_name_is_replaced_by_a_neutral_one(world: World) -> None:
    world.add_contact(ARTIST)
    world.add_contact(CLIENT, name=" \u200b\n")
    world.consume("appointment.created", appointment())
    assert "a new booking from your client." in mail(world, ARTIST).text


# ---- repeated, late and out of order -----------------------------------------------------------


@pytest.mark.parametrize("type_", ALL)
def test_an_event_that_overtook_that_of_an_account_waits_for_it(world: World, type_: str) -> None:
    """Nobody is left without a mail because a queue has put their first booking first."""
    world.consume(type_, ALL[type_], "evt_early", failures=1)
    for person in (ARTIST, CLIENT):
        world.add_contact(person)
    assert world.work("events") == 0
    in_order = world.deliveries()
    world.consume(type_, ALL[type_], "evt_early")
    assert world.deliveries() == in_order != []
    assert all(address_of(each.recipient_id or "") in each.address for each in in_order)


def test_who_is_not_known_after_an_hour_is_not_waited_for(world: World) -> None:
    world.consume("appointment.created", appointment(), failures=1, minutes=59)
    world.later(minutes=1)
    assert world.work("events") == 0
    (item,) = world.as_user(ARTIST, "artist").get("/v1/notifications/inbox").json_body["items"]
    assert item["title"] == "New booking"


@pytest.mark.parametrize("type_", ALL)
def test_a_repeated_event_notifies_nobody_twice(people: World, type_: str) -> None:
    for _ in range(3):
        people.consume(type_, ALL[type_], "evt_same")
    once = notified(people)
    assert len(once) == len(set(once)) >= 1
    assert len(people.deliveries()) == len(once)


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("appointment.rescheduled", "appointment.created"),
        ("appointment.rescheduled", "appointment.confirmed"),
        ("appointment.rescheduled", "appointment.rescheduled"),
        ("appointment.cancelled", "appointment.created"),
        ("appointment.cancelled", "appointment.confirmed"),
        ("appointment.cancelled", "appointment.rescheduled"),
        ("appointment.declined", "appointment.created"),
        ("appointment.expired", "appointment.created"),
        ("appointment.confirmed", "appointment.created"),
        ("deposit.proof_submitted", "deposit.requested"),
        ("deposit.confirmed", "deposit.requested"),
        ("deposit.confirmed", "deposit.proof_submitted"),
        ("deposit.confirmed", "deposit.rejected"),
        ("deposit.refunded", "deposit.confirmed"),
        ("deposit.confirmed", "deposit.due_soon"),
        ("deposit.waived", "deposit.overdue"),
        ("deposit.forfeited", "deposit.confirmed"),
        ("proposal.accepted", "proposal.sent"),
        ("proposal.declined", "proposal.sent"),
        ("proposal.withdrawn", "proposal.sent"),
        ("proposal.expired", "proposal.sent"),
    ],
)
def test_an_outdated_event_is_not_announced(people: World, newer: str, older: str) -> None:
    people.consume(newer, ALL[newer] | {"recordVersion": 7})
    before = notified(people)
    assert before
    people.consume(older, ALL[older] | {"recordVersion": 6})
    assert notified(people) == before


@pytest.mark.parametrize(
    "type_",
    [
        "appointment.cancelled",
        "appointment.declined",
        "appointment.expired",
        "appointment.corrected",
        "proposal.accepted",
        "proposal.declined",
        "proposal.withdrawn",
        "proposal.expired",
    ],
)
def test_an_end_is_always_announced(people: World, type_: str) -> None:
    subject = "prp_1" if type_.startswith("proposal") else "apt_1"
    seen_events.record(subject, 99, people.now)
    people.consume(type_, ALL[type_])
    assert notified(people)


def test_every_freed_slot_is_announced_to_the_waitlist(people: World) -> None:
    for version, event_id in ((3, "evt_b"), (2, "evt_a")):
        people.consume("waitlist.opened", waiting(recordVersion=version), event_id)
    assert notified(people) == [(CLIENT, "waitlist-opened")] * 2


def test_one_appointment_does_not_outdate_another(people: World) -> None:
    people.consume("appointment.rescheduled", appointment(recordVersion=7))
    people.consume("appointment.created", appointment(appointmentId="apt_2"))
    assert notified(people)[-1] == (ARTIST, "new-booking")


def test_an_appointment_and_its_deposit_do_not_outdate_each_other(people: World) -> None:
    people.consume("deposit.confirmed", deposit(state="confirmed", recordVersion=5))
    people.consume("appointment.confirmed", appointment(by="artist", recordVersion=4))
    people.consume("deposit.refunded", deposit(state="refunded", recordVersion=6))
    people.consume("appointment.rescheduled", appointment(by="artist", recordVersion=5))
    assert [template for _, template in notified(people)] == [
        "deposit-update",
        "appointment-confirmation",
        "own-change",
        "deposit-update",
        "appointment-rescheduled",
        "own-change",
    ]


def test_two_events_of_one_change_are_both_announced(people: World) -> None:
    people.consume("deposit.forfeited", deposit(state="forfeited", amount=2_000, recordVersion=4))
    people.consume("deposit.refunded", deposit(state="refunded", amount=3_000, recordVersion=4))
    assert notified(people) == [(CLIENT, "deposit-update")] * 2


@pytest.mark.parametrize("already_notified", [0, 1])
def test_a_half_handled_booking_event_is_finished_by_its_redelivery(
    people: World, monkeypatch: pytest.MonkeyPatch, already_notified: int
) -> None:
    event = _event(people, "appointment.cancelled", appointment(by="system", recordVersion=2))
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "add_deliveries", _dying_after(already_notified))
        with pytest.raises(RuntimeError):
            consumers.handle(event, people.now)
    assert len(notified(people)) == already_notified
    people.consume_event(event)
    assert sorted(notified(people)) == [
        (CLIENT, "appointment-cancelled"),
        (ARTIST, "appointment-cancelled"),
    ]


def test_the_newest_version_is_stored_under_concurrency(people: World) -> None:
    def record(version: int) -> bool:
        return seen_events.record("apt_1", version, people.now).is_newest(version)

    for _ in range(20):
        people.database.seen_events.delete_many({})
        with ThreadPoolExecutor(4) as pool:
            is_newest = list(pool.map(record, (1, 4, 2, 3)))
        assert is_newest[1]  # the newest is always announced
        assert people.find_document("seen_events", {"_id": "apt_1"})["version"] == 4


def test_seen_events_expire_and_hold_no_user(people: World) -> None:
    people.consume("appointment.created", appointment())
    people.consume("deposit.requested", deposit())
    documents = list(people.database.seen_events.find())
    assert {document["_id"] for document in documents} == {"apt_1", "apt_1 deposit"}
    for document in documents:
        assert document["expiresAt"] == people.now + timedelta(days=90)
        assert CLIENT not in str(document)
        assert ARTIST not in str(document)


@pytest.mark.parametrize(
    ("type_", "passes"),
    [
        ("appointment.created", "2026-07-02T09:30:00Z"),
        ("appointment.confirmed", "2026-07-02T09:30:00Z"),
        ("appointment.rescheduled", "2026-07-02T09:30:00Z"),
        ("proposal.sent", "2026-03-09T12:00:00Z"),
        ("waitlist.offered", "2026-03-02T14:00:00Z"),
        ("waitlist.opened", "2026-07-02T07:30:00Z"),
    ],
)
def test_a_notice_that_is_useless_by_now_is_not_sent(
    people: World, type_: str, passes: str
) -> None:
    people.consume(type_, ALL[type_])
    limits = [delivery.good_until for delivery in people.deliveries() if not is_record(delivery)]
    assert [f"{limit:%Y-%m-%dT%H:%M:%SZ}" for limit in limits] == [passes]
    people.now = datetime.fromisoformat(passes)
    assert people.work("email") == 0
    for delivery in people.deliveries():
        # What somebody did themselves is confirmed to them, however late.
        outcome: tuple[DeliveryStatus, str | None] = (DeliveryStatus.SENT, None)
        if not is_record(delivery):
            outcome = (DeliveryStatus.SUPPRESSED, "expired")
        assert (delivery.status, delivery.reason) == outcome


def is_record(delivery: Delivery) -> bool:
    return delivery.template is not None and delivery.template.name == "own-change"


@pytest.mark.parametrize("type_", ["appointment.cancelled", "deposit.refunded", "proposal.expired"])
def test_a_notice_that_is_always_useful_is_sent_late(people: World, type_: str) -> None:
    people.consume(type_, ALL[type_])
    people.later(days=300)
    assert people.work("email") == 0
    assert {delivery.status for delivery in people.deliveries()} == {DeliveryStatus.SENT}


# ---- texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "starts_at", "shown"),
    [
        ("Europe/Berlin", "2027-03-28T00:30:00Z", "Sunday, 28 March 2027, 01:30"),
        ("Europe/Berlin", "2027-03-28T01:30:00Z", "Sunday, 28 March 2027, 03:30"),
        # The clock shows half past two twice: first in summer time, then in winter time.
        ("Europe/Berlin", "2027-10-31T00:30:00Z", "Sunday, 31 October 2027, 02:30 UTC+02:00"),
        ("Europe/Berlin", "2027-10-31T01:30:00Z", "Sunday, 31 October 2027, 02:30 UTC+01:00"),
        ("Europe/Berlin", "2027-10-31T02:00:00Z", "Sunday, 31 October 2027, 03:00"),
        ("America/New_York", "2026-11-01T06:30:00Z", "Sunday, 1 November 2026, 01:30 UTC-05:00"),
        ("Europe/Berlin", "2027-10-31T08:00:00Z", "Sunday, 31 October 2027, 09:00"),
        ("America/New_York", "2027-01-01T03:00:00Z", "Thursday, 31 December 2026, 22:00"),
        ("Australia/Lord_Howe", "2026-10-03T15:29:00Z", "Sunday, 4 October 2026, 01:59"),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00Z", "Sunday, 4 October 2026, 02:30"),
        ("Asia/Kathmandu", "2026-07-02T07:30:00Z", "Thursday, 2 July 2026, 13:15"),
    ],
)
@pytest.mark.parametrize("type_", [type_ for type_ in ALL if type_[:3] in ("app", "wai")])
def test_times_are_local(people: World, type_: str, zone: str, starts_at: str, shown: str) -> None:
    changes = {"timeZone": zone, "startsAt": starts_at}
    people.consume(type_, ALL[type_] | {"by": "artist", "recordVersion": 2} | changes)
    if type_ == "appointment.expired":
        people.database.deliveries.delete_many({"recipientId": ARTIST})
    letter = mail(people, CLIENT)
    assert f"{shown} ({zone})" in letter.text
    assert letter.html
    assert shown in letter.html
    assert zone in letter.html


def test_sms_push_and_lists_of_dates_show_the_offset_of_a_repeated_hour(world: World) -> None:
    world.add_contact(CLIENT, phone=PHONE)
    world.subscribe(world.as_user(CLIENT), "ada")
    twice = ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"]
    world.consume("waitlist.opened", waiting(startsAt=twice[0]))
    assert "Sun 31 Oct 2027, 02:30 UTC+02:00 (Europe/Berlin)" in sms(world, CLIENT).text
    assert push(world, CLIENT).body.endswith("Sun 31 Oct 2027, 02:30 UTC+02:00")
    world.database.deliveries.delete_many({})
    world.consume("proposal.sent", proposal(startsAt=twice, expiresAt=twice[1]))
    dates = (f"Sunday, 31 October 2027, 02:30 UTC+0{hours}:00" for hours in (2, 1))
    assert "\n".join(dates) in mail(world, CLIENT).text
    assert "until Sunday, 31 October 2027, 02:30 UTC+01:00." in mail(world, CLIENT).text


def test_a_move_across_the_end_of_summer_time_shows_both_local_times(people: World) -> None:
    changes = {"previousStartsAt": "2026-10-22T08:00:00Z", "startsAt": "2026-10-29T08:00:00Z"}
    people.consume("appointment.rescheduled", appointment(recordVersion=2, **changes))
    text = mail(people, ARTIST).text
    assert "Before: Thursday, 22 October 2026, 10:00 (Europe/Berlin)" in text
    assert "Now:    Thursday, 29 October 2026, 09:00 (Europe/Berlin)" in text


def test_a_proposal_with_a_guest_spot_shows_the_place_of_each_date(world: World) -> None:
    world.add_contact(ARTIST)
    world.add_contact(CLIENT)
    places = [
        {"location": "12 Gertrude St", "timeZone": "Europe/Berlin"},
        {"location": "Rua da Rosa 12,\nLisbon", "timeZone": "Europe/Lisbon"},
    ]
    world.consume("proposal.sent", proposal(places=places))
    dates = (
        'Thursday, 22 October 2026, 10:00, Europe/Berlin, "12 Gertrude St"',
        'Thursday, 29 October 2026, 09:00, Europe/Lisbon, "Rua da Rosa 12, Lisbon"',
    )
    assert "\n".join(dates) in mail(world, CLIENT).text


def test_a_proposal_at_one_place_names_its_zone_once(world: World) -> None:
    world.add_contact(ARTIST)
    world.add_contact(CLIENT)
    place = {"location": "12 Gertrude St", "timeZone": "Europe/Berlin"}
    world.consume("proposal.sent", proposal(places=[place, place]))
    dates = ("Thursday, 22 October 2026, 10:00", "Thursday, 29 October 2026, 10:00")
    assert "\n".join(dates) in mail(world, CLIENT).text


def test_a_freed_slot_is_shown_with_its_place(world: World) -> None:
    world.add_contact(ARTIST)
    world.add_contact(CLIENT)
    world.consume("waitlist.opened", waiting(location="Rua da Rosa 12", timeZone="Europe/Lisbon"))
    letter = mail(world, CLIENT)
    assert 'Where:  "Rua da Rosa 12"' in letter.text
    assert "08:30 (Europe/Lisbon)" in letter.text


def test_a_proposal_shows_its_dates_total_and_deadline(world: World) -> None:
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, phone=PHONE)
    world.consume("proposal.sent", proposal())
    letter = mail(world, CLIENT)
    assert letter.subject == 'A proposal for you: the artist\'s "Back piece"'
    assert 'You have a proposal from "Mara Voss".' in letter.text
    dates = ("Thursday, 22 October 2026, 10:00", "Thursday, 29 October 2026, 10:00")
    assert "\n".join(dates) in letter.text
    assert "The dates (Europe/Berlin):" in letter.text
    assert "Total:  600.00 EUR" in letter.text
    assert "until Monday, 9 March 2026, 13:00." in letter.text
    assert letter.html
    assert "<br>\n".join(dates) in letter.html
    assert (
        "2 sittings, 600.00 EUR. Please answer by Mon 9 Mar 2026, 13:00" in sms(world, CLIENT).text
    )


def test_an_offer_shows_its_deadline(world: World) -> None:
    world.add_contact(CLIENT, phone=PHONE)
    world.subscribe(world.as_user(CLIENT), "ada")
    world.consume("waitlist.offered", waiting())
    letter = mail(world, CLIENT)
    assert "It is kept for you until Monday, 2 March 2026, 15:00. Book it by then" in letter.text
    assert letter.html
    assert "<strong>Monday, 2 March 2026, 15:00</strong>" in letter.html
    assert sms(world, CLIENT).text.endswith("Book it by Mon 2 Mar, 15:00.")
    assert push(world, CLIENT).body.endswith("Book it by Mon 2 Mar, 15:00.")


@pytest.mark.parametrize("type_", ["proposal.sent", "proposal.accepted"])
def test_a_single_sitting_is_written_in_words(world: World, type_: str) -> None:
    for user_id in (ARTIST, CLIENT):
        world.add_contact(user_id, phone=PHONE)
    world.consume(type_, proposal(startsAt=["2026-10-22T08:00:00Z"]))
    assert "one sitting, 600.00 EUR" in sms(world, ARTIST if "accepted" in type_ else CLIENT).text


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        ("proposal.declined", "was declined"),
        ("proposal.withdrawn", "was withdrawn"),
        ("proposal.expired", "was not answered in time"),
    ],
)
def test_the_end_of_a_proposal_is_named(people: World, type_: str, words: str) -> None:
    people.consume(type_, proposal(recordVersion=2))
    for recipient, _ in notified(people):
        own = recipient == ARTIST
        service = 'your "Back piece"' if own else 'the artist\'s "Back piece"'
        other = '"Ada Byron"' if own else '"Mara Voss"'
        letter = mail(people, str(recipient))
        assert letter.subject == f"The proposal for {service} {words}"
        assert f"between you and {other} {words}." in letter.text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("confirmed", "has arrived"),
        ("rejected", "has not arrived"),
        ("refunded", "was given back"),
        ("forfeited", "is kept"),
        ("waived", "was waived"),
    ],
)
def test_the_state_of_a_deposit_is_named(people: World, state: str, words: str) -> None:
    people.consume(f"deposit.{state}", deposit(state=state, amount=1_250, currency="KWD"))
    letter = mail(people, CLIENT)
    assert letter.subject == f'Your deposit of 1.250 KWD for the artist\'s "Half sleeve" {words}'
    assert f'with "Mara Voss" {words}.' in letter.text


def test_a_requested_and_a_reported_deposit_are_described(people: World) -> None:
    people.consume("deposit.requested", deposit())
    people.consume("deposit.proof_submitted", deposit(recordVersion=2))
    assert (
        'A deposit of 50.00 EUR is due for the artist\'s "Half sleeve" with "Mara Voss".'
        in mail(people, CLIENT).text
    )
    assert (
        'The deposit of 50.00 EUR for your "Half sleeve" was paid, according to "Ada Byron".'
        in mail(people, ARTIST).text
    )


UNTIL = "Wednesday, 4 March 2026, 13:00 (Europe/Berlin)"


@pytest.mark.parametrize(
    ("type_", "to", "words"),
    [
        ("deposit.requested", CLIENT, f"Please pay it until {UNTIL}."),
        ("deposit.rejected", CLIENT, f"send a proof again until {UNTIL}."),
        ("deposit.due_soon", CLIENT, f'with "Mara Voss" is due until\n{UNTIL}. If it is not paid'),
        (
            "deposit.due_soon",
            ARTIST,
            f'from "Ada Byron" is due until\n{UNTIL}.\n\nIf it is not paid',
        ),
    ],
)
def test_a_deposit_is_due_until_an_instant_that_is_shown(
    people: World, type_: str, to: str, words: str
) -> None:
    people.consume(type_, ALL[type_])
    assert words in mail(people, to).text


def test_a_reminder_is_useless_once_the_deposit_is_overdue(people: World) -> None:
    people.consume("deposit.due_soon", ALL["deposit.due_soon"])
    limits = {f"{each.good_until:%Y-%m-%dT%H:%M:%SZ}" for each in people.deliveries()}
    assert limits == {"2026-03-04T12:00:00Z"}


def test_a_deposit_without_a_deadline_names_none(people: World) -> None:
    people.consume("deposit.requested", deposit(dueAt=None))
    assert "until" not in mail(people, CLIENT).text


def test_the_artist_reads_what_to_do_about_an_overdue_deposit(people: World) -> None:
    people.consume("deposit.overdue", deposit(state="overdue", by="system", recordVersion=2))
    letter = mail(people, ARTIST)
    assert letter.subject == 'A deposit is overdue: 50.00 EUR for your "Half sleeve"'
    assert 'from "Ada Byron" was due until' in letter.text
    assert "The dates are kept: confirm the deposit, waive it, or cancel." in letter.text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("paid", "was paid"),
        ("settled", "was taken from your deposit"),
        ("waived", "was waived"),
        ("refunded", "was given back"),
    ],
)
def test_what_happened_to_a_charge_is_named_with_the_reason(
    people: World, kind: str, words: str
) -> None:
    people.consume(f"charge.{kind}", charge(kind=kind))
    letter = mail(people, CLIENT)
    assert letter.subject == f'A charge of 60.00 EUR for the artist\'s "Half sleeve" {words}'
    assert letter.text.endswith('The reason given:\n\n"The train was late."')


@pytest.mark.parametrize("type_", ["appointment.cancelled", "appointment.rescheduled"])
@pytest.mark.parametrize(
    ("fee", "currency", "shown"),
    [(3_000, "EUR", "30.00 EUR"), (3_000, "JPY", "3000 JPY"), (1, "USD", "0.01 USD")],
)
def test_a_fee_is_formatted(world: World, type_: str, fee: int, currency: str, shown: str) -> None:
    world.add_contact(ARTIST, phone=PHONE)
    world.add_contact(CLIENT)
    price = {"amount": 90_000, "currency": currency}
    world.consume(type_, appointment(fee=fee, price=price, recordVersion=2))
    letter = mail(world, ARTIST)
    assert f"Fee for the client: {shown}" in letter.text
    assert letter.html
    assert f"Fee for the client: <strong>{shown}</strong>" in letter.html
    assert f"Fee for the client: {shown}." in sms(world, ARTIST).text


@pytest.mark.parametrize("type_", ["appointment.cancelled", "appointment.rescheduled"])
def test_an_absent_fee_is_not_mentioned(world: World, type_: str) -> None:
    world.add_contact(ARTIST, phone=PHONE)
    world.add_contact(CLIENT)
    world.consume(type_, appointment(recordVersion=2))
    for delivery in world.deliveries():
        assert "fee" not in str(delivery.content).lower()


@pytest.mark.parametrize(("status", "is_said"), [("pending", True), ("confirmed", False)])
def test_a_rescheduled_request_is_called_unconfirmed(
    people: World, status: str, is_said: bool
) -> None:
    people.consume("appointment.rescheduled", appointment(status=status, recordVersion=2))
    assert ("It is not confirmed yet." in mail(people, ARTIST).text) is is_said


@pytest.mark.parametrize(
    ("type_", "to"), [("appointment.cancelled", ARTIST), ("appointment.declined", CLIENT)]
)
def test_a_reason_is_passed_on(people: World, type_: str, to: str) -> None:
    people.consume(type_, ALL[type_] | {"reason": "I am ill.\nSorry!"})
    letter = mail(people, to)
    assert letter.text.endswith('The reason given:\n\n"I am ill.\nSorry!"')
    assert letter.html
    assert "I am ill.<br>\nSorry!" in letter.html


@pytest.mark.parametrize("type_", ["appointment.cancelled", "appointment.declined"])
@pytest.mark.parametrize("reason", ["", " \n "])
def test_an_absent_reason_is_not_mentioned(people: World, type_: str, reason: str) -> None:
    people.consume(type_, ALL[type_] | {"reason": reason})
    assert len(people.mails()) == 2
    for letter in people.mails():
        assert "reason" not in str(letter)


def test_an_absent_location_is_not_mentioned(people: World) -> None:
    people.consume("appointment.confirmed", appointment(location=" "))
    assert "Where" not in mail(people, CLIENT).text


# ---- hostile and long texts --------------------------------------------------------------------

URGENT = "URGENT your account is locked, see http://evil.example/login"


@pytest.mark.parametrize("type_", ALL)
def test_words_of_users_are_quoted_without_links_in_every_channel(world: World, type_: str) -> None:
    for user_id in (ARTIST, CLIENT):
        world.add_contact(user_id, phone=PHONE, name=f'Help" {URGENT}')
        world.subscribe(world.as_user(user_id), user_id)
    words = dict.fromkeys(("serviceName", "location", "reason", "subject", "name"), URGENT)
    world.consume(type_, ALL[type_] | words | {"by": "system", "recordVersion": 2})
    shown = '"URGENT your account is locked, see ..."'
    for recipient, _ in notified(world):
        letter = mail(world, str(recipient))
        pushed = push(world, str(recipient))
        assert letter.html
        html = letter.html.replace("&quot;", '"').replace("&#34;", '"').replace("&#39;", "'")
        texts = [letter.subject, letter.text, html, *list_sms(world, recipient, type_)]
        for text in [*texts, pushed.title, pushed.body]:
            assert "evil" not in text
            assert "http:" not in text
            # Nothing of it stands outside of quotation marks.
            assert "URGENT" not in "".join(text.replace("\n", " ").split('"')[::2])
        whose = "the client's" if type_.startswith("consultation") else "the artist's"
        own = (recipient == CLIENT) == (whose == "the client's")
        assert f"{'your' if own else whose} {shown}" in letter.subject


@pytest.mark.parametrize("type_", ALL)
def test_hostile_text_is_escaped_and_adds_no_lines(world: World, type_: str) -> None:
    world.add_contact(ARTIST, phone=PHONE, name=HOSTILE)
    world.add_contact(CLIENT, phone=PHONE, name=HOSTILE)
    words = dict.fromkeys(("serviceName", "location", "reason", "name"), HOSTILE)
    world.consume(type_, ALL[type_] | words | {"by": "system", "recordVersion": 2})
    assert notified(world)
    for recipient, _ in notified(world):
        letter = mail(world, str(recipient))
        assert "\n" not in letter.subject
        assert letter.html
        body = letter.html.partition("<main>")[2]
        assert "<script" not in body
        assert "<b>" not in body
        assert "&lt;b&gt;Eve&lt;/b&gt;" in body
        ours, _, _ = letter.text.partition("The reason given:")
        # Within our lines, none of their text can pass for a line of ours.
        assert "\nBcc" not in ours
        assert "\nPay" not in ours
        assert "\u202e" not in str(letter) + "".join(list_sms(world, recipient, type_))
    for channel in ("email", "sms"):
        assert world.work(channel) == 0
    assert {delivery.status for delivery in world.deliveries()} == {DeliveryStatus.SENT}


@pytest.mark.parametrize("type_", ALL)
def test_the_longest_texts_fit(world: World, type_: str) -> None:
    for user_id in (ARTIST, CLIENT):
        world.add_contact(user_id, phone=PHONE, name="\U0001f58b" * 100)
        world.subscribe(world.as_user(user_id), user_id)
    words: dict[str, Any] = {
        "serviceName": "\U0001f58b" * 120,
        "location": "\U0001f58b" * 200,
        "reason": "\U0001f58b" * 2_000,
        "name": "\U0001f58b" * 80,
    }
    if type_.startswith("proposal"):
        words["startsAt"] = ["2026-10-22T08:00:00Z"] * 12
    world.consume(type_, ALL[type_] | words | {"by": "system", "recordVersion": 2})
    channels = 2 if type_ in WITHOUT_SMS else 3
    assert len(world.deliveries()) == channels * len(notified(world)) >= channels


# ---- cost --------------------------------------------------------------------------------------


def test_the_cost_of_a_notice(people: World) -> None:
    people.consume("appointment.created", appointment())
    event = _event(people, "appointment.created", appointment(appointmentId="apt_2"))
    COMMANDS.clear()
    with aws_calls.counted() as calls:
        consumers.handle(event, people.now)
    # The seen events; the reminders, unless one of the two is erased; both contacts; the template,
    # the artist's browsers; the version of the inbox; entry and delivery.
    recorded = ["update", "find"] * 2
    assert [*recorded, "find", "find", "aggregate", "find", "update", *["insert"] * 2] == COMMANDS
    assert calls["sqs:SendMessageBatch"] == calls.total() == 1


def test_an_outdated_event_costs_a_write_and_a_read(people: World) -> None:
    people.consume("appointment.rescheduled", appointment(recordVersion=7))
    event = _event(people, "appointment.confirmed", appointment())
    COMMANDS.clear()
    consumers.handle(event, people.now)
    assert COMMANDS == ["update", "find"]


def _dying_after(writes: int) -> Callable[[Sequence[Delivery]], list[Delivery]]:
    add = deliveries.add_deliveries
    left = iter(range(writes))

    def dying(deliveries: Sequence[Delivery]) -> list[Delivery]:
        if next(left, None) is None:
            raise RuntimeError("died")
        return add(deliveries)

    return dying


def _event(world: World, type_: str, data: dict[str, Any]) -> DomainEvent:
    return DomainEvent(
        id="evt_1",
        source="/artist-booking/appointments",
        type=type_,
        subject="apt_1",
        time=world.now,
        data=data,
        correlationid="booking-0001",
    )


# ---- links -------------------------------------------------------------------------------------

PAGES = {
    "appointmentId": "/appointments/",
    "proposalId": "/proposals/",
    "consultationId": "/consultations/",
    "waitlistId": "/waitlist/",
    "calendarId": "/external-calendars/",
}
# Beside the record, some notices name the routes of the reader's answers.
ANSWERS = {
    "social_calendar.booking_changed_elsewhere": {
        "keep": "/v1/social/calendar-changes/apt_1/keep",
        "accept": "/v1/appointments/apt_1/reschedule",
    }
}


@pytest.mark.parametrize("type_", sorted(ALL))
def test_notices_link_to_their_record(people: World, type_: str) -> None:
    for user_id in (ARTIST, CLIENT):
        people.subscribe(people.as_user(user_id), user_id)
    people.consume(type_, ALL[type_])
    id_name, id_ = next(iter(ALL[type_].items()))  # the id of the record comes first
    pushed = [
        delivery.content for delivery in people.deliveries() if delivery.channel is Channel.PUSH
    ]
    assert pushed
    for content in pushed:
        assert isinstance(content, PushContent)
        data = {id_name: id_} | ANSWERS.get(type_, {})
        assert (content.url, content.data) == (PAGES[id_name] + id_, data)
    shown = [
        item["url"]
        for user_id in (ARTIST, CLIENT)
        for item in people.as_user(user_id).get("/v1/notifications/inbox").json_body["items"]
    ]
    assert shown
    assert set(shown) == {PAGES[id_name] + id_}


def test_the_artist_is_asked_about_an_event_that_they_moved(people: World) -> None:
    type_ = "social_calendar.booking_changed_elsewhere"
    people.consume(type_, ALL[type_])
    letter = mail(people, ARTIST)
    assert letter.subject == 'Moved in your calendar: your "Small tattoo"'
    assert "Booked: Thursday, 5 March 2026, 10:00 (Europe/Berlin)" in letter.text
    assert "There:  Thursday, 5 March 2026, 14:00 (Europe/Berlin)" in letter.text
    assert "or move the appointment" in letter.text


def test_the_artist_is_asked_about_an_event_that_they_deleted(people: World) -> None:
    type_ = "social_calendar.booking_changed_elsewhere"
    people.consume(type_, ALL[type_] | {"change": "deleted", "startsAt": None, "endsAt": None})
    letter = mail(people, ARTIST)
    assert letter.subject == 'Deleted in your calendar: your "Small tattoo"'
    assert "There:" not in letter.text
    assert "or cancel the appointment" in letter.text


def test_the_artist_reads_why_and_since_when_a_calendar_cannot_be_read(people: World) -> None:
    people.consume("external_calendar.failed", ALL["external_calendar.failed"])
    letter = mail(people, ARTIST)
    assert letter.subject == 'We cannot read your "Family"'
    assert "since\nMonday, 2 March 2026, 09:30 (Europe/Berlin)" in letter.text
    assert "The server took too long to answer." in letter.text
