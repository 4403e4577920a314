"""The cost that was shown is the cost that is charged, whatever the policies, the instant and the
act; and the policies a booking is bound to never change."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from appointments import store
from appointments.models import Appointment, AppointmentStatus, DepositRule
from appointments.rules import deposit_ledger
from appointments.schemas import (
    AppointmentView,
    BookingRequest,
    CancelAppointmentRequest,
    CostPreview,
    DepositNoteRequest,
    RescheduleAppointmentRequest,
)
from appointments.use_cases import booking, deposits, lifecycle
from domain.errors import DomainError
from domain.money import Money
from domain.policy_terms import Action as Act
from domain.policy_terms import (
    CancellationRules,
    DepositRules,
    Fixed,
    Kind,
    NoShowRules,
    Percent,
    RescheduleRules,
    Rules,
    Situation,
    Terms,
    Tier,
    default_versions,
    digest,
    evaluate,
    kind_of,
    text_hash,
    version_id,
)
from shared.events.domain_events import DomainEvent
from shared.http.caller import Caller
from shared.http.problems import from_error
from tests.support import artists, moto_items, repeatable  # noqa: F401  # the profile

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
START = NOW + timedelta(days=30)
MOVES = 3
ENOUGH = 5
MOST_RUNS = 10
seen: Counter[str] = Counter()  # what came up in a sweep, and how often


# ---- policies ----------------------------------------------------------------------------------

hours = st.integers(0, 24 * 20)
fees = st.one_of(st.builds(Percent, st.integers(0, 100)), st.builds(Fixed, st.integers(0, 30_000)))


@st.composite
def tiers(draw: Callable[..., Any]) -> tuple[Tier, ...]:
    """From the most hours to the fewest, none of them cheaper than the one before."""
    befores = sorted(draw(st.lists(hours, max_size=4, unique=True)), reverse=True)
    percents = sorted(draw(st.integers(0, 100)) for _ in befores)
    return tuple(
        Tier(before, Percent(percent)) for before, percent in zip(befores, percents, strict=True)
    )


@st.composite
def reschedule_rules(draw: Callable[..., Any]) -> RescheduleRules:
    free = draw(st.none() | st.integers(0, MOVES))
    return RescheduleRules(draw(tiers()), free, None if free is None else draw(fees))


RULES: dict[Kind, SearchStrategy[Any]] = {
    Kind.CANCELLATION: st.builds(CancellationRules, tiers()),
    Kind.RESCHEDULE: reschedule_rules(),
    Kind.NO_SHOW: st.builds(NoShowRules, fees),
    Kind.DEPOSIT: st.builds(DepositRules, fees, st.none() | hours),
}
rule_sets = st.lists(st.sampled_from(list(RULES)), unique=True).flatmap(
    lambda kinds: st.tuples(*(RULES[kind] for kind in kinds))
)
deposits_asked = st.one_of(
    st.none(),
    st.builds(DepositRule, fixed=st.integers(1, 30_000), refundable_until_hours=hours),
    st.builds(DepositRule, percent=st.integers(1, 100), refundable_until_hours=hours),
    st.builds(DepositRule, by_policy=st.just(True)),
)


def publish(artist: Caller, number: int, rule_set: tuple[Rules, ...]) -> dict[Kind, Terms]:
    """Let appointments hear of these versions; what holds by them and by the defaults."""
    heard = {
        kind_of(rules): Terms(
            artist_id=artist.user_id,
            service_id=None,
            kind=kind_of(rules),
            number=number,
            version_id=version_id(artist.user_id, None, kind_of(rules), number),
            text_hash=text_hash(f"Version {number}"),
            rules=rules,
            published_at=NOW,
        )
        for rules in rule_set
    }
    for terms in heard.values():
        store.save_terms(terms)
    return {**default_versions(artist.user_id), **heard}


# ---- a booking, and what happens to it ---------------------------------------------------------


@dataclass
class Bound:
    """An appointment, and the terms that were in force when it was booked."""

    artist: Caller
    client: Caller
    id: str
    terms: dict[Kind, Terms]

    @property
    def record(self) -> Appointment:
        found = store.find_appointment(self.id)
        assert found is not None
        return found

    def check_terms(self) -> None:
        """They are those of the beginning, by themselves and by their hash."""
        record = self.record
        assert record.terms == self.terms
        assert record.terms_hash == digest(self.terms.values()) == digest(record.terms.values())

    def facts(self) -> list[DomainEvent]:
        found = [item["event"] for item in moto_items.items("appointments") if "event" in item]
        facts = [msgspec.json.decode(one, type=DomainEvent) for one in found]
        return [fact for fact in facts if fact.subject == self.id]


def booked(data: DataObject, answers: SearchStrategy[Callable[[Bound], None]]) -> Bound:
    """A booking under drawn policies, and answered so where it waits for an answer."""
    moto_items.clear("appointments")
    artist, client = artists.artist(), artists.person()
    terms = publish(artist, 2, data.draw(rule_sets, "policies"))
    service = artists.service_of(
        artist,
        NOW,
        price=Money(data.draw(st.integers(0, 60_000), "price"), "EUR"),
        deposit=data.draw(deposits_asked, "deposit"),
    )
    request = BookingRequest(service_id=service.id, starts_at=START)
    view = booking.book(client, request, NOW)
    bound = Bound(artist, client, view.id, terms)
    bound.check_terms()
    if view.status is AppointmentStatus.PENDING:
        data.draw(answers, "answer")(bound)
    publish(artist, 3, data.draw(rule_sets, "later policies"))
    bound.check_terms()
    return bound


def pay(bound: Bound) -> None:
    deposits.confirm(bound.artist, bound.id, DepositNoteRequest(), NOW)


def take(bound: Bound) -> None:
    """The artist confirms it without the deposit."""
    lifecycle.confirm(bound.artist, bound.id, NOW)


def wait(bound: Bound) -> None:
    """Nobody confirms it: for its client everything is free."""


def happens(
    data: DataObject,
    bound: Bound,
    preview: Callable[[datetime], CostPreview],
    act: Callable[[str, datetime], AppointmentView],
) -> None:
    """Ask what it costs, and do it then or later: it costs that, or is refused and costs nothing.

    Who is refused asks again, and does it at once.
    """
    before = bound.record
    asked_at = before.starts_at - timedelta(minutes=data.draw(minutes_left(bound), "left"))
    acts_at = asked_at + timedelta(minutes=data.draw(st.sampled_from((0, 1, 59)), "later"))
    acts_at = min(acts_at, before.starts_at - timedelta(seconds=1))
    shown = preview(asked_at)
    assert preview(asked_at) == shown
    outcome = tried(lambda: act(shown.version, acts_at))
    if isinstance(outcome, DomainError):
        assert (from_error(outcome).status, outcome.code) == (409, "preview_outdated")
        assert bound.record == before
        seen["outdated"] += 1
        again = preview(acts_at)
        assert again.version != shown.version
        shown, outcome = again, act(again.version, acts_at)
    is_charged(bound, before, shown, outcome)


def minutes_left(bound: Bound) -> SearchStrategy[int]:
    """Whenever, or around the instants at which the cost changes."""
    turns = {
        tier.hours_before * 60
        for terms in bound.terms.values()
        for tier in getattr(terms.rules, "tiers", ())
    }
    around = [turn + minutes for turn in turns for minutes in (0, 1, 30) if turn + minutes > 0]
    whenever = st.integers(1, 20 * 24 * 60)
    if not around:
        return whenever
    turning = st.sampled_from(sorted(around))
    return whenever | turning | turning


def tried(act: Callable[[], AppointmentView]) -> AppointmentView | DomainError:
    try:
        return act()
    except DomainError as problem:
        return problem


def is_charged(
    bound: Bound, before: Appointment, shown: CostPreview, view: AppointmentView
) -> None:
    """What was shown is what is charged, taken from the deposit and told; and the terms stand."""
    new = view.charges[len(before.charges) :]
    forfeited, due = shown.deposit_forfeited.amount, shown.due.amount
    seen.update(free=not (forfeited or due), due=due > 0, forfeited=forfeited > 0)
    if forfeited or due:
        (charge,) = new
        assert (charge.fee, charge.deposit_forfeited, charge.due, charge.currency) == (
            *(shown.fee.amount, forfeited, due),
            shown.fee.currency,
        )
        assert charge.explanation == shown.explanation
        assert charge.version_id == (shown.clause.version_id if shown.clause else None)
        assert charge.version_id in {None, *(one.version_id for one in bound.terms.values())}
    else:
        assert new == ()
    after = bound.record
    assert after.charges == view.charges
    assert (
        deposit_ledger.get_held_amount(before.deposit)
        - deposit_ledger.get_held_amount(after.deposit)
        == forfeited
    )
    told = [fact for fact in bound.facts() if fact.data["recordVersion"] == after.version]
    (fee,) = [fact.data["fee"] for fact in told if "fee" in fact.data]
    assert fee == forfeited + due
    lost = [fact.data["amount"] for fact in told if fact.type == "deposit.forfeited"]
    assert lost == [forfeited] * bool(forfeited)
    bound.check_terms()


def cancels(data: DataObject, bound: Bound, by: Caller) -> None:
    happens(
        data,
        bound,
        lambda at: lifecycle.preview_cancellation(by, bound.id, at),
        lambda version, at: lifecycle.cancel(
            by, bound.id, CancelAppointmentRequest(version=version), at
        ),
    )


def moves(data: DataObject, bound: Bound, by: Caller, number: int) -> None:
    target = START + timedelta(days=number, minutes=30 * data.draw(st.integers(0, 40), "to"))
    happens(
        data,
        bound,
        lambda at: lifecycle.preview_reschedule(
            by, bound.id, RescheduleAppointmentRequest(target), at
        ),
        lambda version, at: lifecycle.reschedule(
            by, bound.id, RescheduleAppointmentRequest(target, version), at
        ),
    )


def test_what_was_shown_is_what_is_charged(aws: None) -> None:
    def sweep(data: DataObject) -> None:
        bound = booked(data, st.sampled_from((pay, take, wait)))
        either = st.sampled_from((bound.client, bound.client, bound.artist))
        for number in range(1, 1 + data.draw(st.integers(0, MOVES), "moves")):
            moves(data, bound, data.draw(either, "by"), number)
        cancels(data, bound, data.draw(either, "by"))

    run_until_seen(sweep, "free", "due", "forfeited", "outdated")


def test_not_coming_costs_what_the_terms_of_the_booking_say(aws: None) -> None:
    def sweep(data: DataObject) -> None:
        bound = booked(data, st.sampled_from((pay, take)))
        before = bound.record
        cost = evaluate(bound.terms, Act.NO_SHOW, situation(before), START)
        view = lifecycle.report_no_show(bound.artist, bound.id, START)
        charged = [
            (one.fee, one.deposit_forfeited, one.due, one.explanation) for one in view.charges
        ]
        owes = (cost.fee, cost.deposit_forfeited, cost.due, cost.explanation)
        assert charged == [owes] * bool(cost.due or cost.deposit_forfeited)
        seen.update(due=cost.due > 0, forfeited=cost.deposit_forfeited > 0)
        bound.check_terms()

    run_until_seen(sweep, "due", "forfeited")


def run_until_seen(sweep: Callable[[DataObject], None], *wanted: str) -> None:
    """Run it, and again with other draws, until what is wanted came up: nothing holds here merely
    because it never happened. What is drawn depends on what else was imported."""
    seen.clear()
    for run in range(MOST_RUNS):
        seed(run)(settings(max_examples=60)(given(st.data())(sweep)))()
        if all(seen[what] >= ENOUGH for what in wanted):
            return
    pytest.fail(f"too seldom: {seen}")


def situation(appointment: Appointment) -> Situation:
    deposit = appointment.deposit
    return Situation(
        price=appointment.price.amount,
        currency=appointment.price.currency,
        starts_at=appointment.starts_at,
        deposit_held=deposit_ledger.get_held_amount(deposit),
        deposit_refundable_until_hours=deposit.refundable_until_hours if deposit else None,
    )


def test_a_cost_that_was_not_shown_is_refused(aws: None) -> None:
    """By the defaults half of the price is due within two days before the start."""
    artist, client = artists.artist(), artists.person()
    service = artists.service_of(artist, NOW)
    view = booking.book(client, BookingRequest(service_id=service.id, starts_at=START), NOW)
    late = START - timedelta(hours=47)
    free = lifecycle.preview_cancellation(client, view.id, START - timedelta(hours=48))
    for version, code in (
        (None, "preview_required"),
        (free.version, "preview_outdated"),
        ("0" * 32, "preview_outdated"),
    ):
        with pytest.raises(DomainError) as caught:
            lifecycle.cancel(client, view.id, CancelAppointmentRequest(version=version), late)
        assert (from_error(caught.value).status, caught.value.code) == (409, code)
    kept = store.find_appointment(view.id)
    assert kept is not None
    assert kept.status is AppointmentStatus.CONFIRMED
