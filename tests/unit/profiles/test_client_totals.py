"""Counting visits by what each changes is counting them all again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from profiles.models.clients import Client
from profiles.models.visits import Visit, VisitStatus
from profiles.rules import client_totals

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOBODY = Client("usr_artist", "usr_client", NOW)
FINAL = [VisitStatus.COMPLETED, VisitStatus.CANCELLED, VisitStatus.NO_SHOW]


@st.composite
def facts(draw: st.DrawFn) -> list[Visit]:
    """The facts about a few visits, those about each in their order."""
    told = []
    for number in range(draw(st.integers(1, 4))):
        price = Money(draw(st.integers(0, 9)), draw(st.sampled_from(["EUR", "CHF"])))
        steps = draw(st.lists(st.integers(-50, 50), min_size=1, max_size=3))
        end = draw(st.sampled_from([None, *FINAL]))
        visits = [(VisitStatus.CONFIRMED, step) for step in steps]
        if end is not None:
            visits.append((end, steps[-1]))
        for version, (status, hours) in enumerate(visits, 1):
            starts_at = NOW + timedelta(hours=hours)
            told.append(
                Visit(
                    f"apt_{number}",
                    "usr_artist",
                    "usr_client",
                    "svc_1",
                    "Tattoo",
                    starts_at,
                    starts_at + timedelta(hours=1),
                    "UTC",
                    status,
                    price,
                    version,
                )
            )
    return told


def heard(told: list[Visit]) -> tuple[Client, dict[str, Visit]]:
    client, known = NOBODY, dict[str, Visit]()
    for visit in told:
        before = known.get(visit.appointment_id)
        if visit.is_newer_than(before):
            client = client_totals.apply_visit(client, before, visit, NOW)
            known[visit.appointment_id] = visit
    return client, known


def comparable(client: Client) -> Client:
    return msgspec.structs.replace(client, version=0)


def test_what_became_another_is_counted_as_that_alone() -> None:
    visit = Visit(
        *("apt_1", "usr_artist", "usr_client", "svc_1", "Tattoo", NOW, NOW, "UTC"),
        VisitStatus.COMPLETED,
        Money(7, "EUR"),
        2,
    )
    client, _ = heard([visit, msgspec.structs.replace(visit, status=FINAL[2], version=3)])
    counts = client.visits, client.no_shows, client.cancelled, client.spend
    assert counts == (0, 1, 0, {})


@given(facts(), st.data())
def test_in_whatever_order_and_however_often_it_is_heard(told: Any, data: Any) -> None:
    again = data.draw(st.lists(st.sampled_from(told), max_size=6))
    shuffled, _ = heard(data.draw(st.permutations(told + again)))
    assert comparable(shuffled) == comparable(heard(told)[0])


@given(facts())
def test_the_differences_add_up_to_the_whole(told: Any) -> None:
    client, known = heard(told)
    assert comparable(client_totals.recount(client, known.values(), NOW)) == comparable(client)
    completed = [visit for visit in known.values() if visit.status is VisitStatus.COMPLETED]
    assert client.visits == len(completed)
    assert sum(client.spend.values()) == sum(visit.price.amount for visit in completed)
    assert client.version == len(told)
