"""Chains of providers: what goes on to the next one, and what never does."""

from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace

from notifications.channels import (
    NOT_ASKABLE,
    NotConfigured,
    NotSupported,
    Outcome,
    OutcomeKind,
    Provider,
    ProviderUnavailable,
    Rejected,
    SenderRefused,
    Throttled,
    Unanswered,
)
from notifications.channels.chain import Chain
from notifications.models import Delivery, DeliveryStatus, Step
from notifications.rules import provider_order
from tests.unit.notifications.test_mail import DELIVERY

OTHER = replace(DELIVERY, id="dlv_2")


class Scripted(Provider):
    """A provider that does as it is told."""

    def __init__(
        self, error: Exception | None = None, found: Outcome | None = None, *, copies: bool = False
    ) -> None:
        self.error = error
        self.found = found
        self.recognises_copies = copies
        self.asked: list[str] = []
        self.is_closed = False

    def send(self, delivery: Delivery) -> str | None:
        """Take a delivery, or not."""
        self.asked.append(delivery.id)
        if self.error is not None:
            raise self.error
        return f"reference of {delivery.id}"

    def find(self, delivery: Delivery) -> Outcome | None:
        """Find what there is."""
        if isinstance(self.error, NotConfigured):
            raise self.error
        return self.found

    def close(self) -> None:
        """Close it."""
        self.is_closed = True


def chain(first: Scripted, second: Scripted, weights: str = "") -> Chain:
    return Chain({"first": first, "second": second}, lambda: weights)


def send(
    providers: Chain,
    deliveries: Sequence[Delivery] = (DELIVERY,),
    may_begin: Callable[[Delivery], bool] = lambda _: True,
) -> list[Outcome]:
    return [outcome for _, outcome in providers.send_all(deliveries, may_begin)]


@pytest.mark.parametrize(
    "error",
    [
        ProviderUnavailable("first down"),
        Throttled("first 429"),
        SenderRefused("first 550 5.7.1"),
        NotSupported("first smtputf8"),
        NotConfigured(),
    ],
)
def test_what_was_surely_not_accepted_goes_on(error: Exception) -> None:
    first, second = Scripted(error), Scripted()
    assert send(chain(first, second)) == [Outcome.accepted("reference of dlv_1")]
    assert first.asked == second.asked == ["dlv_1"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Unanswered("first too_slow"), OutcomeKind.UNKNOWN),
        (Rejected("first 550 5.1.1"), OutcomeKind.REJECTED),
        (RuntimeError("ours"), OutcomeKind.UNKNOWN),
    ],
)
def test_what_may_be_accepted_or_is_refused_for_good_stays(
    error: Exception, kind: OutcomeKind
) -> None:
    first, second = Scripted(error), Scripted()
    assert [outcome.kind for outcome in send(chain(first, second))] == [kind]
    assert second.asked == []


@pytest.mark.parametrize(
    ("first", "second", "detail"),
    [
        (Throttled("first 429"), ProviderUnavailable("second down"), "first 429"),
        (Throttled("first 429"), NotConfigured(), "first 429"),
        (NotConfigured(), Throttled("second 429"), "second 429"),
        (NotSupported("first"), Throttled("second 429"), "second 429"),
        (Throttled("first 429"), Rejected("second 550"), "second 550"),
        (Throttled("first 429"), Unanswered("second"), "second"),
        (Throttled("first 429"), NotSupported("second"), "first 429"),
        (NotConfigured(), NotConfigured(), ""),
    ],
)
def test_the_outcome_that_counts(first: Exception, second: Exception, detail: str) -> None:
    (outcome,) = send(chain(Scripted(first), Scripted(second)))
    assert outcome.detail == detail


def test_deliveries_are_shared_out_by_weight_and_each_has_one_first_provider() -> None:
    names = {f"dlv_{number}": "" for number in range(1_000)}
    weights = provider_order.parse_weights("a=9 b=1, c=0", ["a", "b", "c"])
    for id_ in names:
        order = provider_order.order(id_, weights)
        assert sorted(order) == ["a", "b", "c"]
        assert order[-1] == "c"
        assert order == provider_order.order(id_, weights)
        names[id_] = order[0]
    assert 50 < list(names.values()).count("b") < 150
    assert "c" not in names.values()


def test_the_first_provider_gets_everything_where_no_weights_are_configured() -> None:
    weights = provider_order.parse_weights(" ", ["a", "b"])
    assert {tuple(provider_order.order(f"dlv_{n}", weights)) for n in range(50)} == {("a", "b")}


@pytest.mark.parametrize("text", ["d=1", "a", "a=-1", "a=1001", "a=1 a=2", "a=0", "a=x"])
def test_wrong_weights_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"provider|weight"):
        provider_order.parse_weights(text, ["a", "b"])


def test_wrong_weights_stop_no_delivery() -> None:
    first = Scripted()
    assert send(chain(first, Scripted(), "nobody=1")) == [Outcome.accepted("reference of dlv_1")]


def test_a_provider_that_is_not_named_gets_nothing() -> None:
    first, second = Scripted(ProviderUnavailable("first down")), Scripted()
    assert send(chain(first, second, "first=1"))[0].detail == "first down"
    assert second.asked == []


def test_each_provider_asks_whether_there_is_time() -> None:
    asked = []

    def may_begin(delivery: Delivery) -> bool:
        asked.append(delivery.id)
        return delivery is DELIVERY

    outcomes = send(chain(Scripted(Throttled("first")), Scripted()), (DELIVERY, OTHER), may_begin)
    assert outcomes == [Outcome.accepted("reference of dlv_1")]
    assert asked == ["dlv_1", "dlv_2", "dlv_1"]


def unknown(detail: str) -> Delivery:
    steps = (
        Step(status=DeliveryStatus.SENDING, at=DELIVERY.created_at),
        Step(status=DeliveryStatus.UNKNOWN, at=DELIVERY.created_at, detail=detail),
        Step(status=DeliveryStatus.SENDING, at=DELIVERY.created_at),
    )
    return replace(DELIVERY, timeline=steps)


def test_who_may_have_a_delivery_is_asked_and_nobody_else_gets_it() -> None:
    first = Scripted(found=Outcome.accepted("1"))
    second = Scripted(Throttled("second"), found=Outcome.accepted("2"), copies=True)
    providers = chain(first, second)
    assert providers.find(unknown("second too_slow")) == Outcome.accepted("2")
    assert providers.recognises_copy(unknown("second too_slow"))
    assert not providers.recognises_copy(unknown("first too_slow"))
    assert send(providers, [unknown("second too_slow")])[0].kind is OutcomeKind.TEMPORARY
    assert first.asked == []


def test_all_are_asked_for_what_a_worker_left_that_died() -> None:
    not_askable, later = Outcome.unknown(NOT_ASKABLE), Outcome.unknown("not_listed_yet")
    assert chain(Scripted(), Scripted()).find(DELIVERY) is None
    assert chain(Scripted(found=later), Scripted(found=not_askable)).find(DELIVERY) == later
    assert chain(Scripted(found=not_askable), Scripted(found=later)).find(DELIVERY) == later
    missing = Scripted(NotConfigured())
    assert chain(missing, Scripted(found=not_askable)).find(DELIVERY) == not_askable
    assert chain(missing, Scripted()).find(DELIVERY) is None
    accepted = Outcome.accepted("2")
    assert chain(Scripted(found=later), Scripted(found=accepted)).find(DELIVERY) == accepted


def test_all_are_closed() -> None:
    first, second = Scripted(), Scripted()
    chain(first, second).close()
    assert first.is_closed
    assert second.is_closed
