"""Totals of clients: applying changes equals counting all visits."""

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
def histories(draw: st.DrawFn) -> list[Visit]:
    """Generate the versions of a few visits, each in its order."""
    visits = []
    for number in range(draw(st.integers(1, 4))):
        price = Money(draw(st.integers(0, 9)), draw(st.sampled_from(["EUR", "CHF"])))
        hours_away = draw(st.lists(st.integers(-50, 50), min_size=1, max_size=3))
        end = draw(st.sampled_from([None, *FINAL]))
        states = [(VisitStatus.CONFIRMED, step) for step in hours_away]
        if end is not None:
            states.append((end, hours_away[-1]))
        for version, (status, hours) in enumerate(states, 1):
            starts_at = NOW + timedelta(hours=hours)
            visits.append(
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
    return visits


def apply_all(visits: list[Visit]) -> tuple[Client, dict[str, Visit]]:
    client, known = NOBODY, dict[str, Visit]()
    for visit in visits:
        before = known.get(visit.appointment_id)
        if visit.is_newer_than(before):
            client = client_totals.apply_visit(client, before, visit, NOW)
            known[visit.appointment_id] = visit
    return client, known


def without_version(client: Client) -> Client:
    return msgspec.structs.replace(client, version=0)


def test_a_changed_status_replaces_the_old_one_in_the_totals() -> None:
    visit = Visit(
        *("apt_1", "usr_artist", "usr_client", "svc_1", "Tattoo", NOW, NOW, "UTC"),
        VisitStatus.COMPLETED,
        Money(7, "EUR"),
        2,
    )
    client, _ = apply_all([visit, msgspec.structs.replace(visit, status=FINAL[2], version=3)])
    counts = client.visits, client.no_shows, client.cancelled, client.spend
    assert counts == (0, 1, 0, {})


@given(histories(), st.data())
def test_order_and_repetition_of_visits_do_not_matter(visits: Any, data: Any) -> None:
    again = data.draw(st.lists(st.sampled_from(visits), max_size=6))
    shuffled, _ = apply_all(data.draw(st.permutations(visits + again)))
    assert without_version(shuffled) == without_version(apply_all(visits)[0])


@given(histories())
def test_changes_add_up_to_a_recount(visits: Any) -> None:
    client, known = apply_all(visits)
    assert without_version(client_totals.recount(client, known.values(), NOW)) == without_version(
        client
    )
    completed = [visit for visit in known.values() if visit.status is VisitStatus.COMPLETED]
    assert client.visits == len(completed)
    assert sum(client.spend.values()) == sum(visit.price.amount for visit in completed)
    assert client.version == len(visits)
