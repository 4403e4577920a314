"""Acceptability of a version: in force, or binding the appointment that it is accepted for."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.policy_terms import (
    CancellationRules,
    ConsentRules,
    PolicyKind,
    Rules,
    Terms,
    text_hash,
    version_id,
)
from policies.models import Appointment
from policies.rules.acceptability import require_acceptable
from policies.rules.errors import NotInForce

ARTIST, CLIENT = "usr_01JD2ZK5V7M0Q4X8T6N3R9W1YB", "usr_01JD31N0P1Q2R3S4T5V6W7X8YZ"
PUBLISHED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ENDED = PUBLISHED + timedelta(days=7)
MOMENT = timedelta(microseconds=1)


def create_terms(rules: Rules, kind: PolicyKind, form: str | None = None) -> Terms:
    return Terms(
        artist_id=ARTIST,
        service_id=None,
        kind=kind,
        number=2,
        version_id=version_id(ARTIST, None, kind, 2, form),
        text_hash=text_hash("The text."),
        rules=rules,
        published_at=PUBLISHED,
    )


CANCELLATION = create_terms(CancellationRules(tiers=()), PolicyKind.CANCELLATION)
FORM = create_terms(ConsentRules("waiver", "Waiver"), PolicyKind.CONSENT, "waiver")


def is_acceptable(terms: Terms, ended_at: datetime | None, agreed_at: datetime | None) -> bool:
    appointment = None
    if agreed_at is not None:
        appointment = Appointment("apt_1", ARTIST, CLIENT, "svc_1", agreed_at)
    try:
        require_acceptable(terms, ended_at, appointment)
    except NotInForce:
        return False
    return True


@pytest.mark.parametrize("terms", [CANCELLATION, FORM], ids=["cancellation", "form"])
def test_what_is_in_force_is_acceptable(terms: Terms) -> None:
    for agreed_at in (None, PUBLISHED - MOMENT, ENDED):
        assert is_acceptable(terms, None, agreed_at)


@pytest.mark.parametrize(
    ("agreed_at", "is_bound"),
    [
        (None, False),
        (PUBLISHED - MOMENT, False),
        (PUBLISHED, True),
        (ENDED - MOMENT, True),
        (ENDED, False),
    ],
)
def test_what_has_ended_is_acceptable_where_it_binds(
    agreed_at: datetime | None, is_bound: bool
) -> None:
    assert is_acceptable(CANCELLATION, ENDED, agreed_at) is is_bound
    assert not is_acceptable(FORM, ENDED, agreed_at)
