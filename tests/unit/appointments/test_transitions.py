"""The state machine: every status, action and side, before and after the start."""

from datetime import datetime, timedelta
from itertools import product

import pytest

from appointments.models import Appointment, AppointmentSide, AppointmentStatus
from appointments.rules.transitions import LIVE, TRANSITIONS, AppointmentAction, get_next_status
from domain.errors import DomainError
from shared.http.problems import from_error
from tests.unit.appointments import factories

# The next status, or the code of the refusal. ----- stands for `forbidden` (403): that side can
# never do that. `wrong` is `wrong_status`, `early` is `not_started`, `late` is `already_started`.
TABLES = {
    (AppointmentSide.ARTIST, "before"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire     correct
    pending   confirmed  declined  cancelled  pending     wrong      wrong      -----      wrong
    confirmed wrong      wrong     cancelled  confirmed   early      early      -----      wrong
    completed wrong      wrong     wrong      wrong       wrong      wrong      -----      confirmed
    declined  wrong      wrong     wrong      wrong       wrong      wrong      -----      wrong
    cancelled wrong      wrong     wrong      wrong       wrong      wrong      -----      wrong
    no_show   wrong      wrong     wrong      wrong       wrong      wrong      -----      confirmed
    expired   wrong      wrong     wrong      wrong       wrong      wrong      -----      wrong
    """,
    (AppointmentSide.ARTIST, "after"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire     correct
    pending   confirmed  declined  cancelled  pending     wrong      wrong      -----      wrong
    confirmed wrong      wrong     cancelled  confirmed   completed  no_show    -----      wrong
    completed wrong      wrong     wrong      wrong       wrong      wrong      -----      confirmed
    declined  wrong      wrong     wrong      wrong       wrong      wrong      -----      wrong
    cancelled wrong      wrong     wrong      wrong       wrong      wrong      -----      wrong
    no_show   wrong      wrong     wrong      wrong       wrong      wrong      -----      confirmed
    expired   wrong      wrong     wrong      wrong       wrong      wrong      -----      wrong
    """,
    (AppointmentSide.CLIENT, "before"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire     correct
    pending   -----      -----     cancelled  pending     -----      -----      -----      -----
    confirmed -----      -----     cancelled  confirmed   -----      -----      -----      -----
    completed -----      -----     wrong      wrong       -----      -----      -----      -----
    declined  -----      -----     wrong      wrong       -----      -----      -----      -----
    cancelled -----      -----     wrong      wrong       -----      -----      -----      -----
    no_show   -----      -----     wrong      wrong       -----      -----      -----      -----
    expired   -----      -----     wrong      wrong       -----      -----      -----      -----
    """,
    (AppointmentSide.CLIENT, "after"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire     correct
    pending   -----      -----     late       late        -----      -----      -----      -----
    confirmed -----      -----     late       late        -----      -----      -----      -----
    completed -----      -----     wrong      wrong       -----      -----      -----      -----
    declined  -----      -----     wrong      wrong       -----      -----      -----      -----
    cancelled -----      -----     wrong      wrong       -----      -----      -----      -----
    no_show   -----      -----     wrong      wrong       -----      -----      -----      -----
    expired   -----      -----     wrong      wrong       -----      -----      -----      -----
    """,
    (AppointmentSide.SYSTEM, "before"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire     correct
    pending   -----      -----     cancelled  -----       -----      -----      expired    -----
    confirmed -----      -----     cancelled  -----       -----      -----      wrong      -----
    completed -----      -----     wrong      -----       -----      -----      wrong      -----
    declined  -----      -----     wrong      -----       -----      -----      wrong      -----
    cancelled -----      -----     wrong      -----       -----      -----      wrong      -----
    no_show   -----      -----     wrong      -----       -----      -----      wrong      -----
    expired   -----      -----     wrong      -----       -----      -----      wrong      -----
    """,
}
TABLES[AppointmentSide.SYSTEM, "after"] = TABLES[
    AppointmentSide.SYSTEM, "before"
]  # the start makes no difference to the system
SHORT = {
    "-----": "403 forbidden",
    "wrong": "409 wrong_status",
    "early": "409 not_started",
    "late": "409 already_started",
}
STARTS_AT = factories.NOON
MOMENTS = {
    "before": [timedelta(days=-30), timedelta(milliseconds=-1)],
    "after": [timedelta(0), timedelta(milliseconds=1), timedelta(days=30)],
}


def cells() -> dict[tuple[AppointmentSide, str, AppointmentStatus, AppointmentAction], str]:
    """Return all cells of all tables."""
    found = {}
    for (side, when), table in TABLES.items():
        actions, *rows = [line.split() for line in table.strip().splitlines()]
        for status, *outcomes in rows:
            for action, outcome in zip(actions, outcomes, strict=True):
                cell = side, when, AppointmentStatus(status), AppointmentAction(action)
                found[cell] = SHORT.get(outcome, outcome)
    return found


CELLS = cells()


def test_the_tables_are_complete() -> None:
    assert set(CELLS) == set(
        product(AppointmentSide, MOMENTS, AppointmentStatus, AppointmentAction)
    )
    refusals = set(SHORT.values())
    reached = {
        (status, action, side, outcome)
        for (side, _, status, action), outcome in CELLS.items()
        if outcome not in refusals
    }
    assert reached == {(*which, status.value) for which, status in TRANSITIONS.items()}


@pytest.mark.parametrize("cell", CELLS, ids=" ".join)
def test_the_outcome_of_each_action(
    cell: tuple[AppointmentSide, str, AppointmentStatus, AppointmentAction],
) -> None:
    side, when, status, action = cell
    for shift in MOMENTS[when]:
        appointment = factories.appointment(
            status=status, starts_at=STARTS_AT, closed_at=STARTS_AT + shift
        )
        assert outcome(appointment, action, side, STARTS_AT + shift) == CELLS[cell]


def outcome(
    appointment: Appointment, action: AppointmentAction, side: AppointmentSide, now: datetime
) -> str:
    """Return the next status, or the refusal."""
    try:
        return get_next_status(appointment, action, side, now)
    except DomainError as problem:
        return f"{from_error(problem).status} {problem.code}"


def test_only_live_appointments_can_change_unless_they_are_corrected() -> None:
    can_change = {
        status for (status, action, _) in TRANSITIONS if action is not AppointmentAction.CORRECT
    }
    assert can_change == LIVE == {AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED}


@pytest.mark.parametrize("status", [AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW])
@pytest.mark.parametrize("recorded", ["closed_at", "updated_at"])  # before 0.3 only the latter
def test_an_outcome_can_be_corrected_for_fourteen_days(
    status: AppointmentStatus, recorded: str
) -> None:
    recorded_at = STARTS_AT + timedelta(days=3)
    closed = factories.appointment(
        status=status,
        starts_at=STARTS_AT,
        **{"updated_at": recorded_at + timedelta(days=5), recorded: recorded_at},
    )
    last = recorded_at + timedelta(days=14)
    action, artist = AppointmentAction.CORRECT, AppointmentSide.ARTIST
    assert outcome(closed, action, artist, last) == "confirmed"
    too_late = last + timedelta(seconds=1)
    assert outcome(closed, action, artist, too_late) == "409 correction_too_late"
