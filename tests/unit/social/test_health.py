"""Health of social accounts: the worst counts, with its time and what to do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from social.models import ProviderId, ReconnectReason, SocialAccount
from social.rules import health, refreshing
from social.rules.health import Action, Health, HealthState

NOW = datetime(2030, 1, 31, 9, 30, tzinfo=UTC)
CONNECTED, EARLIER = NOW - timedelta(days=3), NOW - timedelta(hours=1)
LATER, IN_A_WEEK = NOW + timedelta(days=1), NOW + timedelta(days=8)
FAILING = {"failing_since": EARLIER, "failures": 3}
LIMITED = {"limited_since": EARLIER, "limited_until": LATER}
EXPIRES, EXPIRING_SINCE = NOW + timedelta(days=6), NOW - timedelta(days=1)
EXPIRING = {"token_expires_at": EXPIRES}
RECONNECT = {"reconnect_since": EARLIER, "reconnect_because": ReconnectReason.TOKEN_REFUSED}


def derive(**fields: Any) -> Health:
    account = SocialAccount(
        id="sac_1",
        artist_id="usr_1",
        provider=ProviderId.INSTAGRAM,
        subject="1",
        display_name="Mara",
        connected_at=CONNECTED,
        **fields,
    )
    return health.derive(account, NOW)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (HealthState.OK, CONNECTED, None, Action.NOTHING)),
        ({"healthy_since": EARLIER}, (HealthState.OK, EARLIER, None, Action.NOTHING)),
        (EXPIRING, (HealthState.EXPIRING, EXPIRING_SINCE, EXPIRES, Action.RECONNECT)),
        ({"token_expires_at": IN_A_WEEK}, (HealthState.OK, CONNECTED, None, Action.NOTHING)),
        ({"token_expires_at": NOW}, (HealthState.NEEDS_RECONNECT, NOW, None, Action.RECONNECT)),
        (FAILING, (HealthState.FAILING, EARLIER, None, Action.WAIT)),
        (FAILING | {"failures": 2}, (HealthState.OK, CONNECTED, None, Action.NOTHING)),
        (LIMITED, (HealthState.LIMITED, EARLIER, LATER, Action.WAIT)),
        (LIMITED | {"limited_until": NOW}, (HealthState.OK, CONNECTED, None, Action.NOTHING)),
        (RECONNECT, (HealthState.NEEDS_RECONNECT, EARLIER, None, Action.RECONNECT)),
    ],
)  # fmt: skip
def test_each_state_has_its_time_and_what_to_do(fields: Any, expected: tuple[Any, ...]) -> None:
    assert derive(**fields) == Health(*expected)


def test_the_worst_counts() -> None:
    fields: dict[str, Any] = {}
    for state, more in (
        (HealthState.EXPIRING, EXPIRING),
        (HealthState.FAILING, FAILING),
        (HealthState.LIMITED, LIMITED),
        (HealthState.NEEDS_RECONNECT, RECONNECT),
    ):
        fields |= more
        assert derive(**fields).state is state


def test_a_failed_refresh_is_repeated_often_enough_and_not_too_often() -> None:
    minutes = timedelta(minutes=1)
    assert refreshing.plan_retry(NOW + 10 * minutes, NOW) == NOW + 5 * minutes
    assert refreshing.plan_retry(NOW + timedelta(days=2), NOW) == NOW + 144 * minutes
    assert refreshing.plan_retry(NOW + timedelta(days=10), NOW) == NOW + timedelta(hours=6)
    assert refreshing.plan_retry(None, NOW) == NOW + 5 * minutes
