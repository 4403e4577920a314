"""The sending budget of an account."""

from datetime import UTC, datetime, timedelta

from social.rules import sending_budget
from social.rules.sending_budget import BURST, LEASE, PER_SECOND, Sender

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def spend_all(sender: Sender) -> Sender:
    for _ in range(BURST):
        assert not sending_budget.find_wait(sender, NOW)
        sender = sending_budget.spend(sender, NOW)
    return sender


def test_a_burst_is_sent_at_once_and_then_one_token_at_a_time() -> None:
    sender = spend_all(Sender())
    assert sending_budget.find_wait(sender, NOW) == SECOND / PER_SECOND
    later = NOW + SECOND / PER_SECOND
    assert not sending_budget.find_wait(sender, later)
    assert sending_budget.find_wait(sending_budget.spend(sender, later), later)


def test_a_long_silence_refills_no_more_than_a_burst() -> None:
    sender = sending_budget.refill(spend_all(Sender()), NOW + timedelta(days=1))
    assert sender.tokens == BURST


def test_a_clock_that_goes_back_refills_nothing() -> None:
    sender = sending_budget.refill(spend_all(Sender()), NOW - timedelta(days=1))
    assert sender.tokens == 0
    assert sender.refilled_at == NOW


def test_a_pause_holds_until_its_end_and_none_shortens_it() -> None:
    paused = sending_budget.pause(Sender(), NOW + 60 * SECOND, is_refusal=True)
    paused = sending_budget.pause(paused, NOW + 10 * SECOND, is_refusal=False)
    assert sending_budget.find_wait(paused, NOW) == 60 * SECOND
    assert not sending_budget.find_wait(paused, NOW + 60 * SECOND)
    assert paused.pauses == 1
    assert sending_budget.resume(paused).pauses == 0


def test_a_lease_is_held_until_it_is_released_or_its_worker_counts_as_gone() -> None:
    leased = sending_budget.lease(Sender(), "one", NOW)
    assert sending_budget.is_leased(leased, NOW + LEASE - SECOND)
    assert not sending_budget.is_leased(leased, NOW + LEASE)
    assert not sending_budget.is_leased(sending_budget.release(leased), NOW)
    longer = sending_budget.spend(leased, NOW + LEASE - SECOND)
    assert sending_budget.is_leased(longer, NOW + LEASE)


def test_every_change_that_is_stored_is_a_version_of_its_own() -> None:
    leased = sending_budget.lease(Sender(), "one", NOW)
    spent = sending_budget.spend(leased, NOW)
    assert [leased.version, spent.version, sending_budget.release(spent).version] == [1, 2, 3]
