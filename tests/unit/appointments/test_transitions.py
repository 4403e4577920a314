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
              confirm    decline   cancel     reschedule  complete   no_show    expire
    pending   confirmed  declined  cancelled  pending     wrong      wrong      -----
    confirmed wrong      wrong     cancelled  confirmed   early      early      -----
    completed wrong      wrong     wrong      wrong       wrong      wrong      -----
    declined  wrong      wrong     wrong      wrong       wrong      wrong      -----
    cancelled wrong      wrong     wrong      wrong       wrong      wrong      -----
    no_show   wrong      wrong     wrong      wrong       wrong      wrong      -----
    expired   wrong      wrong     wrong      wrong       wrong      wrong      -----
    """,
    (AppointmentSide.ARTIST, "after"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire
    pending   confirmed  declined  cancelled  pending     wrong      wrong      -----
    confirmed wrong      wrong     cancelled  confirmed   completed  no_show    -----
    completed wrong      wrong     wrong      wrong       wrong      wrong      -----
    declined  wrong      wrong     wrong      wrong       wrong      wrong      -----
    cancelled wrong      wrong     wrong      wrong       wrong      wrong      -----
    no_show   wrong      wrong     wrong      wrong       wrong      wrong      -----
    expired   wrong      wrong     wrong      wrong       wrong      wrong      -----
    """,
    (AppointmentSide.CLIENT, "before"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire
    pending   -----      -----     cancelled  pending     -----      -----      -----
    confirmed -----      -----     cancelled  confirmed   -----      -----      -----
    completed -----      -----     wrong      wrong       -----      -----      -----
    declined  -----      -----     wrong      wrong       -----      -----      -----
    cancelled -----      -----     wrong      wrong       -----      -----      -----
    no_show   -----      -----     wrong      wrong       -----      -----      -----
    expired   -----      -----     wrong      wrong       -----      -----      -----
    """,
    (AppointmentSide.CLIENT, "after"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire
    pending   -----      -----     late       late        -----      -----      -----
    confirmed -----      -----     late       late        -----      -----      -----
    completed -----      -----     wrong      wrong       -----      -----      -----
    declined  -----      -----     wrong      wrong       -----      -----      -----
    cancelled -----      -----     wrong      wrong       -----      -----      -----
    no_show   -----      -----     wrong      wrong       -----      -----      -----
    expired   -----      -----     wrong      wrong       -----      -----      -----
    """,
    (AppointmentSide.SYSTEM, "before"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire
    pending   -----      -----     cancelled  -----       -----      -----      expired
    confirmed -----      -----     cancelled  -----       -----      -----      wrong
    completed -----      -----     wrong      -----       -----      -----      wrong
    declined  -----      -----     wrong      -----       -----      -----      wrong
    cancelled -----      -----     wrong      -----       -----      -----      wrong
    no_show   -----      -----     wrong      -----       -----      -----      wrong
    expired   -----      -----     wrong      -----       -----      -----      wrong
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
    appointment = factories.appointment(status=status, starts_at=STARTS_AT)
    for shift in MOMENTS[when]:
        assert outcome(appointment, action, side, STARTS_AT + shift) == CELLS[cell]


def outcome(
    appointment: Appointment, action: AppointmentAction, side: AppointmentSide, now: datetime
) -> str:
    """Return the next status, or the refusal."""
    try:
        return get_next_status(appointment, action, side, now)
    except DomainError as problem:
        return f"{from_error(problem).status} {problem.code}"


def test_only_live_appointments_can_change() -> None:
    can_change = {status for (status, _, _) in TRANSITIONS}
    assert can_change == LIVE == {AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED}
