"""Every status, action and side, before and after the start: what becomes of an appointment."""

from datetime import datetime, timedelta
from itertools import product

import pytest

from appointments.models import Appointment, Side, Status
from appointments.rules.transitions import LIVE, TRANSITIONS, Action, after
from domain.errors import DomainError
from shared.http.problems import from_error
from tests.unit.appointments import made

# The status that follows, or the code of the refusal. ----- stands for `forbidden` (403): that side
# never does that. `wrong` is `wrong_status`, `early` is `not_started`, `late` `already_started`.
TABLES = {
    (Side.ARTIST, "before"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire
    pending   confirmed  declined  cancelled  pending     wrong      wrong      -----
    confirmed wrong      wrong     cancelled  confirmed   early      early      -----
    completed wrong      wrong     wrong      wrong       wrong      wrong      -----
    declined  wrong      wrong     wrong      wrong       wrong      wrong      -----
    cancelled wrong      wrong     wrong      wrong       wrong      wrong      -----
    no_show   wrong      wrong     wrong      wrong       wrong      wrong      -----
    expired   wrong      wrong     wrong      wrong       wrong      wrong      -----
    """,
    (Side.ARTIST, "after"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire
    pending   confirmed  declined  cancelled  pending     wrong      wrong      -----
    confirmed wrong      wrong     cancelled  confirmed   completed  no_show    -----
    completed wrong      wrong     wrong      wrong       wrong      wrong      -----
    declined  wrong      wrong     wrong      wrong       wrong      wrong      -----
    cancelled wrong      wrong     wrong      wrong       wrong      wrong      -----
    no_show   wrong      wrong     wrong      wrong       wrong      wrong      -----
    expired   wrong      wrong     wrong      wrong       wrong      wrong      -----
    """,
    (Side.CLIENT, "before"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire
    pending   -----      -----     cancelled  pending     -----      -----      -----
    confirmed -----      -----     cancelled  confirmed   -----      -----      -----
    completed -----      -----     wrong      wrong       -----      -----      -----
    declined  -----      -----     wrong      wrong       -----      -----      -----
    cancelled -----      -----     wrong      wrong       -----      -----      -----
    no_show   -----      -----     wrong      wrong       -----      -----      -----
    expired   -----      -----     wrong      wrong       -----      -----      -----
    """,
    (Side.CLIENT, "after"): """
              confirm    decline   cancel     reschedule  complete   no_show    expire
    pending   -----      -----     late       late        -----      -----      -----
    confirmed -----      -----     late       late        -----      -----      -----
    completed -----      -----     wrong      wrong       -----      -----      -----
    declined  -----      -----     wrong      wrong       -----      -----      -----
    cancelled -----      -----     wrong      wrong       -----      -----      -----
    no_show   -----      -----     wrong      wrong       -----      -----      -----
    expired   -----      -----     wrong      wrong       -----      -----      -----
    """,
    (Side.SYSTEM, "before"): """
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
TABLES[Side.SYSTEM, "after"] = TABLES[Side.SYSTEM, "before"]  # time passes for it all the same
SHORT = {
    "-----": "403 forbidden",
    "wrong": "409 wrong_status",
    "early": "409 not_started",
    "late": "409 already_started",
}
STARTS_AT = made.NOON
MOMENTS = {
    "before": [timedelta(days=-30), timedelta(milliseconds=-1)],
    "after": [timedelta(0), timedelta(milliseconds=1), timedelta(days=30)],
}


def cells() -> dict[tuple[Side, str, Status, Action], str]:
    """All cells of all tables."""
    found = {}
    for (side, when), table in TABLES.items():
        actions, *rows = [line.split() for line in table.strip().splitlines()]
        for status, *outcomes in rows:
            for action, outcome in zip(actions, outcomes, strict=True):
                cell = side, when, Status(status), Action(action)
                found[cell] = SHORT.get(outcome, outcome)
    return found


CELLS = cells()


def test_the_tables_are_whole() -> None:
    assert set(CELLS) == set(product(Side, MOMENTS, Status, Action))
    refusals = set(SHORT.values())
    reached = {
        (status, action, side, outcome)
        for (side, _, status, action), outcome in CELLS.items()
        if outcome not in refusals
    }
    assert reached == {(*which, status.value) for which, status in TRANSITIONS.items()}


@pytest.mark.parametrize("cell", CELLS, ids=" ".join)
def test_what_becomes_of_it(cell: tuple[Side, str, Status, Action]) -> None:
    side, when, status, action = cell
    appointment = made.appointment(status=status, starts_at=STARTS_AT)
    for shift in MOMENTS[when]:
        assert outcome(appointment, action, side, STARTS_AT + shift) == CELLS[cell]


def outcome(appointment: Appointment, action: Action, side: Side, now: datetime) -> str:
    """The status that follows, or the refusal."""
    try:
        return after(appointment, action, side, now)
    except DomainError as problem:
        return f"{from_error(problem).status} {problem.code}"


def test_what_is_live_can_still_end_and_what_has_ended_stays() -> None:
    can_change = {status for (status, _, _) in TRANSITIONS}
    assert can_change == LIVE == {Status.PENDING, Status.CONFIRMED}
