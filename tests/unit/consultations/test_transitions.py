"""The transition table: every status, action and side."""

from itertools import product

import pytest

from consultations.models import OPEN_STATUSES, ConsultationSide, ConsultationStatus
from consultations.rules.transitions import (
    FINAL_STATUSES,
    TRANSITIONS,
    ConsultationAction,
    get_next_status,
    is_possible,
)
from domain.errors import DomainError
from shared.http.problems import from_error

# The status that follows, or the code of the refusal: ----- is `forbidden` (403), as that side can
# never take the action, and `wrong` is `wrong_status` (409).
TABLES = {
    ConsultationSide.ARTIST: """
             view      respond   propose   decline  cancel schedule complete reopen nudge expire archive
   pending   pending   responded responded declined -----  -----    -----    -----  ----- -----  wrong
   responded responded wrong     responded declined -----  -----    -----    -----  ----- -----  wrong
   scheduled wrong     wrong     wrong     wrong    -----  -----    -----    -----  ----- -----  wrong
   completed wrong     wrong     wrong     wrong    -----  -----    -----    -----  ----- -----  completed
   cancelled wrong     wrong     wrong     wrong    -----  -----    -----    -----  ----- -----  cancelled
   declined  wrong     wrong     wrong     wrong    -----  -----    -----    -----  ----- -----  declined
   expired   wrong     wrong     wrong     wrong    -----  -----    -----    -----  ----- -----  expired
    """,  # noqa: E501  # a column for each action
    ConsultationSide.CLIENT: """
             view  respond propose decline cancel    schedule complete reopen nudge expire archive
   pending   ----- -----   -----   -----   cancelled -----    -----    -----  ----- -----  wrong
   responded ----- -----   -----   -----   cancelled -----    -----    -----  ----- -----  wrong
   scheduled ----- -----   -----   -----   wrong     -----    -----    -----  ----- -----  wrong
   completed ----- -----   -----   -----   wrong     -----    -----    -----  ----- -----  completed
   cancelled ----- -----   -----   -----   wrong     -----    -----    -----  ----- -----  cancelled
   declined  ----- -----   -----   -----   wrong     -----    -----    -----  ----- -----  declined
   expired   ----- -----   -----   -----   wrong     -----    -----    -----  ----- -----  expired
    """,
    ConsultationSide.SYSTEM: """
             view  respond propose decline cancel    schedule  complete  reopen    nudge   expire  archive
   pending   ----- -----   -----   -----   cancelled scheduled wrong     wrong     pending expired -----
   responded ----- -----   -----   -----   cancelled scheduled wrong     wrong     wrong   expired -----
   scheduled ----- -----   -----   -----   cancelled wrong     completed wrong     wrong   wrong   -----
   completed ----- -----   -----   -----   wrong     wrong     wrong     scheduled wrong   wrong   -----
   cancelled ----- -----   -----   -----   wrong     wrong     wrong     scheduled wrong   wrong   -----
   declined  ----- -----   -----   -----   wrong     wrong     wrong     wrong     wrong   wrong   -----
   expired   ----- -----   -----   -----   wrong     wrong     wrong     wrong     wrong   wrong   -----
    """,  # noqa: E501  # a column for each action
}
SHORT = {"-----": "403 forbidden", "wrong": "409 wrong_status"}


def cells() -> dict[tuple[ConsultationSide, ConsultationStatus, ConsultationAction], str]:
    outcomes_by_cell = {}
    for side, table in TABLES.items():
        actions, *rows = [line.split() for line in table.strip().splitlines()]
        for status, *outcomes in rows:
            for action, outcome in zip(actions, outcomes, strict=True):
                outcomes_by_cell[side, ConsultationStatus(status), ConsultationAction(action)] = (
                    SHORT.get(outcome, outcome)
                )
    return outcomes_by_cell


CELLS = cells()


def test_the_tables_are_complete() -> None:
    assert set(CELLS) == set(product(ConsultationSide, ConsultationStatus, ConsultationAction))


@pytest.mark.parametrize("cell", CELLS, ids=" ".join)
def test_outcome_of_an_action(
    cell: tuple[ConsultationSide, ConsultationStatus, ConsultationAction],
) -> None:
    side, status, action = cell
    try:
        outcome = get_next_status(status, action, side).value
    except DomainError as problem:
        outcome = f"{from_error(problem).status} {problem.code}"
    assert outcome == CELLS[cell]
    assert is_possible(status, action, side) == (outcome not in SHORT.values())


def test_final_statuses_are_final_but_for_corrected_outcomes() -> None:
    by_outcomes = {ConsultationStatus.COMPLETED, ConsultationStatus.CANCELLED}
    for (status, action, side), after in TRANSITIONS.items():
        if status in FINAL_STATUSES and action is ConsultationAction.REOPEN:
            assert (status in by_outcomes, side) == (True, ConsultationSide.SYSTEM)
        elif status in FINAL_STATUSES:
            assert (action, after) == (ConsultationAction.ARCHIVE, status)
    assert set(ConsultationStatus) == OPEN_STATUSES | {ConsultationStatus.SCHEDULED} | set(
        FINAL_STATUSES
    )
