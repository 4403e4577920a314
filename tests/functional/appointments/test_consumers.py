"""What is heard of other features: once, twice, late, and out of order."""

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
from tests.functional.appointments.passing import hear
from tests.functional.appointments.people import (
    ARTIST,
    OTHER_ARTIST,
    People,
    appointment,
    everything,
)

PUBLISHED, WITHDRAWN = "policy.published", "policy.withdrawn"
NINE = "2026-03-03T08:00:00Z"
Told = tuple[str, dict[str, Any]]


def rules(fee: int) -> CancellationRules:
    return CancellationRules(tiers=(Tier(48, Fixed(fee)),))


def terms(
    number: int,
    service_id: str | None = None,
    artist_id: str = ARTIST,
    held: Rules | None = None,
) -> Terms:
    """A version whose fee is its number, so that versions can be told apart."""
    held = held or rules(number)
    kind = kind_of(held)
    return Terms(
        artist_id=artist_id,
        service_id=service_id,
        kind=kind,
        number=number,
        version_id=version_id(artist_id, service_id, kind, number, form_of(held)),
        text_hash=text_hash("The text."),
        rules=held,
        published_at=now(),
    )


def published(number: int, *args: Any, **fields: Any) -> Told:
    """As policies tells that a version holds."""
    return PUBLISHED, msgspec.to_builtins(PolicyPublished(terms(number, *args, **fields)))


def withdrawn(number: int, *args: Any, **fields: Any) -> Told:
    """As policies tells that versions up to this one hold no longer."""
    ended = terms(number, *args, **fields)
    fact = PolicyWithdrawn(
        artist_id=ended.artist_id,
        service_id=ended.service_id,
        kind=ended.kind,
        form=form_of(ended.rules),
        number=number,
        version_id=ended.version_id,
        withdrawn_at=now(),
    )
    return WITHDRAWN, msgspec.to_builtins(fact)


def in_force(artist_id: str = ARTIST) -> list[Terms]:
    """The copies that bookings with the artist are bound to."""
    return list(store.read_calendar(artist_id, now().date()).terms)


def numbers(artist_id: str = ARTIST) -> list[int]:
    return [held.number for held in in_force(artist_id)]


# ---- policies ----------------------------------------------------------------------------------


def test_bookings_are_bound_to_what_was_published(people: People) -> None:
    service_id = people.studio()
    before = people.has_booked(service_id, NINE)["id"]
    hear(*published(2))
    after = people.has_booked(service_id, "2026-03-03T09:00:00Z")["id"]
    assert in_force() == [terms(2)]
    assert appointment(before).terms[Kind.CANCELLATION].number == 1  # the default of everybody
    assert appointment(after).terms[Kind.CANCELLATION] == terms(2)
    assert set(appointment(after).terms) == set(appointment(before).terms)


def test_what_holds_for_a_service_comes_first_until_it_is_withdrawn(people: People) -> None:
    service_id = people.studio()
    hear(*published(2))
    hear(*published(1, service_id))
    bound = appointment(people.has_booked(service_id, NINE)["id"])
    assert bound.terms[Kind.CANCELLATION].service_id == service_id
    hear(*withdrawn(1, service_id))
    bound = appointment(people.has_booked(service_id, "2026-03-03T09:00:00Z")["id"])
    assert bound.terms[Kind.CANCELLATION] == terms(2)


def test_the_last_one_withdrawn_leaves_the_default(people: People) -> None:
    service_id = people.studio()
    hear(*published(2))
    hear(*withdrawn(2))
    assert in_force() == []
    bound = appointment(people.has_booked(service_id, NINE)["id"])
    assert bound.terms[Kind.CANCELLATION].number == 1


@pytest.mark.parametrize(
    ("history", "left"),
    [
        ([published(2), published(3)], [3]),
        ([published(2), withdrawn(2)], []),
        ([published(2), withdrawn(2), published(3)], [3]),
        ([published(2), published(3), withdrawn(3)], []),
        ([published(2), withdrawn(2), published(3), withdrawn(3)], []),
    ],
    ids=["replaced", "withdrawn", "alive again", "replaced, withdrawn", "withdrawn twice"],
)
def test_whatever_order_they_come_in_the_newest_holds(
    people: People, history: list[Told], left: list[int]
) -> None:
    for order in itertools.permutations(history):
        for item in everything():
            table.RecordItem(item["pk"]["S"], item["sk"]["S"]).delete()
        for told in order:
            hear(*told)
            hear(*told)
        assert numbers() == left, order
        for told in history:  # and all of it once more
            hear(*told)
        assert numbers() == left, order


def test_each_subject_stands_for_itself(people: People) -> None:
    service_id = people.studio()
    waiver = ConsentRules(form="waiver", title="Waiver")
    photos = ConsentRules(form="photos", title="Photos")
    for told in (
        published(2),
        published(1, service_id),
        published(1, held=waiver),
        published(1, held=photos),
        published(2, artist_id=OTHER_ARTIST),
        withdrawn(1, held=waiver),
        withdrawn(9, service_id),
    ):
        hear(*told)
    assert {held.version_id for held in in_force()} == {
        terms(2).version_id,
        terms(1, held=photos).version_id,
    }
    assert numbers(OTHER_ARTIST) == [2]
    keys = {item["sk"]["S"] for item in everything() if item["sk"]["S"].startswith(table.POLICY)}
    assert keys == {
        "POLICY#cancellation#*",
        f"POLICY#cancellation#{service_id}",
        "POLICY#consent-waiver#*",
        "POLICY#consent-photos#*",
    }


def test_rules_that_are_not_understood_are_not_kept_halfway(people: People) -> None:
    type_, data = published(2)
    data["terms"]["rules"]["waivedOnBirthdays"] = True
    with pytest.raises(msgspec.ValidationError):
        hear(type_, data)
    assert everything() == []


# ---- the door ----------------------------------------------------------------------------------


def test_the_worker_hears_what_it_has_handlers_for() -> None:
    assert app.consumed == {"appointments-events": tuple(consumers.HANDLERS)}


def test_the_worker_reads_its_queue(people: People) -> None:
    type_, data = published(2)
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
    assert numbers() == [2]


@pytest.mark.parametrize("type_", sorted(set(consumers.HANDLERS) - {PUBLISHED, WITHDRAWN}))
def test_news_of_what_is_not_there_do_no_harm(people: People, type_: str) -> None:
    """A record that is gone, or a user who never did anything here."""
    hear(
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
        },
    )
    left = [item for item in everything() if not item["pk"]["S"].startswith(table.ERASURE)]
    assert left == []
