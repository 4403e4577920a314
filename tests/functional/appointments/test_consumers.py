"""Events of other features, consumed once, twice, late and out of order."""

import itertools
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from appointments import consumers, store
from appointments.app import app, events_worker
from appointments.store import table
from domain.policy_terms import (
    CancellationRules,
    ConsentRules,
    Fixed,
    Kind,
    Rules,
    Terms,
    Tier,
    form_of,
    kind_of,
    text_hash,
    version_id,
)
from policies.events import PolicyPublished, PolicyWithdrawn
from shared.platform.clock import now
from tests.functional.appointments.background import consume
from tests.functional.appointments.people import (
    ARTIST,
    OTHER_ARTIST,
    SERVICE,
    People,
    appointment,
    everything,
    list_created,
)

PUBLISHED, WITHDRAWN = "policy.published", "policy.withdrawn"
# The events that copies are made from.
COPIES = {
    *(PUBLISHED, WITHDRAWN, "user.verified", "user.profile.updated"),
    *("conversation.opened", "conversation.answered", "conversation.block_changed"),
    *("waitlist.joined", "file.cleaned", "file.removed", "voucher.saved"),
    *("social_calendar.busy_times_changed", "social_account.disconnected"),
    *(type_ for type_ in consumers.HANDLERS if type_.startswith("consultation.")),
}
NINE = "2026-03-03T08:00:00Z"
TypeAndData = tuple[str, dict[str, Any]]


def rules(fee: int) -> CancellationRules:
    return CancellationRules(tiers=(Tier(48, Fixed(fee)),))


def terms(
    number: int,
    service_id: str | None = None,
    artist_id: str = ARTIST,
    policy_rules: Rules | None = None,
) -> Terms:
    """Return a version whose fee is its number, which distinguishes versions."""
    policy_rules = policy_rules or rules(number)
    kind = kind_of(policy_rules)
    return Terms(
        artist_id=artist_id,
        service_id=service_id,
        kind=kind,
        number=number,
        version_id=version_id(artist_id, service_id, kind, number, form_of(policy_rules)),
        text_hash=text_hash("The text."),
        rules=policy_rules,
        published_at=now(),
    )


def published_event(number: int, *args: Any, **fields: Any) -> TypeAndData:
    """Return the arguments of an event with which policies publishes a version."""
    return PUBLISHED, msgspec.to_builtins(PolicyPublished(terms(number, *args, **fields)))


def withdrawn_event(number: int, *args: Any, **fields: Any) -> TypeAndData:
    """Return the arguments of an event with which policies withdraws versions up to this one."""
    ended = terms(number, *args, **fields)
    event = PolicyWithdrawn(
        artist_id=ended.artist_id,
        service_id=ended.service_id,
        kind=ended.kind,
        form=form_of(ended.rules),
        number=number,
        version_id=ended.version_id,
        withdrawn_at=now(),
    )
    return WITHDRAWN, msgspec.to_builtins(event)


def list_in_force(artist_id: str = ARTIST, *services: str) -> list[Terms]:
    """Return the policy copies that bookings with the artist are bound to."""
    return list(store.read_catalogue(artist_id, services).terms)


def list_numbers_in_force(artist_id: str = ARTIST) -> list[int]:
    return [version.number for version in list_in_force(artist_id)]


# ---- policies ----------------------------------------------------------------------------------


def test_bookings_are_bound_to_the_published_policy(people: People) -> None:
    service_id = people.open_studio()
    before = people.book(service_id, NINE)["id"]
    consume(*published_event(2))
    after = people.book(service_id, "2026-03-03T09:00:00Z")["id"]
    assert list_in_force() == [terms(2)]
    assert appointment(before).terms[Kind.CANCELLATION].number == 1  # the default
    assert appointment(after).terms[Kind.CANCELLATION] == terms(2)
    assert set(appointment(after).terms) == set(appointment(before).terms)


def test_a_policy_of_the_service_takes_precedence_until_it_is_withdrawn(people: People) -> None:
    service_id = people.open_studio()
    consume(*published_event(2))
    consume(*published_event(1, service_id))
    bound = appointment(people.book(service_id, NINE)["id"])
    assert bound.terms[Kind.CANCELLATION].service_id == service_id
    consume(*withdrawn_event(1, service_id))
    bound = appointment(people.book(service_id, "2026-03-03T09:00:00Z")["id"])
    assert bound.terms[Kind.CANCELLATION] == terms(2)


def test_withdrawing_the_last_version_restores_the_default(people: People) -> None:
    service_id = people.open_studio()
    consume(*published_event(2))
    consume(*withdrawn_event(2))
    assert list_in_force() == []
    bound = appointment(people.book(service_id, NINE)["id"])
    assert bound.terms[Kind.CANCELLATION].number == 1


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([published_event(2), published_event(3)], [3]),
        ([published_event(2), withdrawn_event(2)], []),
        ([published_event(2), withdrawn_event(2), published_event(3)], [3]),
        ([published_event(2), published_event(3), withdrawn_event(3)], []),
        ([published_event(2), withdrawn_event(2), published_event(3), withdrawn_event(3)], []),
    ],
    ids=["replaced", "withdrawn", "alive again", "replaced, withdrawn", "withdrawn twice"],
)
def test_the_newest_version_is_in_force_whatever_the_order_of_events(
    people: People, history: list[TypeAndData], expected: list[int]
) -> None:
    for order in itertools.permutations(history):
        for item in everything():
            table.RecordItem(item["pk"]["S"], item["sk"]["S"]).delete()
        for arguments in order:
            consume(*arguments)
            consume(*arguments)
        assert list_numbers_in_force() == expected, order
        for arguments in history:  # and everything once more
            consume(*arguments)
        assert list_numbers_in_force() == expected, order


def test_each_policy_subject_is_independent(people: People) -> None:
    service_id = people.open_studio()
    waiver = ConsentRules(form="waiver", title="Waiver")
    photos = ConsentRules(form="photos", title="Photos")
    for arguments in (
        published_event(2),
        published_event(1, service_id),
        published_event(1, policy_rules=waiver),
        published_event(1, policy_rules=photos),
        published_event(2, artist_id=OTHER_ARTIST),
        withdrawn_event(1, policy_rules=waiver),
        withdrawn_event(9, service_id),
    ):
        consume(*arguments)
    assert list_in_force(ARTIST, service_id) == [terms(2)]
    assert list_numbers_in_force(OTHER_ARTIST) == [2]
    # Bookings are not bound to consent forms, so those are not copied.
    keys = {item["sk"]["S"] for item in everything() if item["sk"]["S"].startswith(table.POLICY)}
    assert keys == {"POLICY#cancellation#*"}


@pytest.mark.parametrize("first", ["withdrawn", "published"])
def test_a_policy_of_a_service_survives_a_change_of_the_service(people: People, first: str) -> None:
    service_id = people.open_studio()
    events = [withdrawn_event(1, service_id), published_event(2, service_id)]
    for arguments in events if first == "withdrawn" else reversed(events):
        consume(*arguments)
    path = f"/v1/appointments/services/{service_id}"
    assert people.artist.put(path, json={**SERVICE, "name": "Cover-up"}).status_code == 200
    assert list_in_force(ARTIST, service_id) == [terms(2, service_id)]
    consume(*withdrawn_event(2, service_id))
    assert list_in_force(ARTIST, service_id) == []


def test_a_copy_that_version_0_2_stored_is_read_until_a_newer_one_comes(people: People) -> None:
    service_id = people.open_studio()
    item = table.RecordItem.of(
        f"CALENDAR#{ARTIST}", f"POLICY#cancellation#{service_id}", terms(3, service_id)
    )
    item.version = 6
    item.save()
    consume(*published_event(2, service_id))  # late
    assert list_in_force(ARTIST, service_id) == [terms(3, service_id)]
    assert list_in_force(ARTIST) == []
    consume(*withdrawn_event(3, service_id))
    assert list_in_force(ARTIST, service_id) == []


def test_a_policy_of_a_deleted_service_is_not_copied(people: People) -> None:
    before = everything()
    consume(*published_event(2, f"svc_{ARTIST.removeprefix('usr_')}_01JD0000000000000000000ZZZ"))
    assert everything() == before


def test_unknown_rules_are_rejected_as_a_whole(people: People) -> None:
    before = everything()
    type_, data = published_event(2)
    data["terms"]["rules"]["waivedOnBirthdays"] = True
    with pytest.raises(msgspec.ValidationError):
        consume(type_, data)
    assert everything() == before


# ---- worker ------------------------------------------------------------------------------------


def test_the_worker_subscribes_to_the_events_it_handles() -> None:
    assert app.consumed == {"appointments-events": tuple(consumers.HANDLERS)}


def test_the_worker_reads_its_queue(people: People) -> None:
    type_, data = published_event(2)
    event = {
        "id": "evt_1",
        "source": "/artist-booking/policies",
        "type": type_,
        "subject": ARTIST,
        "time": datetime(2026, 3, 2, tzinfo=UTC).isoformat(),
        "data": data,
    }
    record = {
        "messageId": "1",
        "receiptHandle": "1",
        "body": msgspec.json.encode(event).decode(),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
    }
    assert events_worker({"Records": [record]}, None) == {"batchItemFailures": []}
    assert list_numbers_in_force() == [2]


# An export is about a user: tests/functional/erasure/test_export.py.
@pytest.mark.parametrize("type_", sorted(set(consumers.HANDLERS) - COPIES - {"export.requested"}))
def test_an_event_about_an_unknown_record_changes_nothing(people: People, type_: str) -> None:
    """The record was deleted, or the user never used appointments."""
    consume(
        type_,
        {
            "userId": "usr_01JD0000000000000000000ZZZ",
            "appointmentId": "apt_none",
            "proposalId": "prp_none",
            "artistId": ARTIST,
            "serviceId": "svc_none",
            "startsAt": NINE,
            "endsAt": NINE,
            "previousStartsAt": NINE,
            "previousEndsAt": NINE,
            "spans": [{"startsAt": NINE, "endsAt": NINE}],
            "cause": "chg_none",
        },
    )
    remaining = [item for item in list_created() if not item["pk"]["S"].startswith(table.ERASURE)]
    assert remaining == []
