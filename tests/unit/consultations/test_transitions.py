"""Every status, action and side: what becomes of a consultation."""

from itertools import product

import pytest

from consultations.models import OPEN, Side, Status
from consultations.rules.transitions import ENDED, TRANSITIONS, Action, after, is_possible
from domain.errors import DomainError
from shared.http.problems import from_error

# The status that follows, or the code of the refusal. ----- stands for `forbidden` (403): that side
# never does that. `wrong` is `wrong_status` (409).
TABLES = {
    Side.ARTIST: """
              view      respond   propose   decline   cancel schedule complete nudge expire archive
   pending   pending   responded responded declined  -----  -----    -----    ----- -----  wrong
   responded responded wrong     responded declined  -----  -----    -----    ----- -----  wrong
   scheduled wrong     wrong     wrong     wrong     -----  -----    -----    ----- -----  wrong
   completed wrong     wrong     wrong     wrong     -----  -----    -----    ----- -----  completed
   cancelled wrong     wrong     wrong     wrong     -----  -----    -----    ----- -----  cancelled
   declined  wrong     wrong     wrong     wrong     -----  -----    -----    ----- -----  declined
   expired   wrong     wrong     wrong     wrong     -----  -----    -----    ----- -----  expired
    """,
    Side.CLIENT: """
              view  respond propose decline cancel    schedule complete nudge expire archive
   pending   ----- -----   -----   -----   cancelled -----    -----    ----- -----  wrong
   responded ----- -----   -----   -----   cancelled -----    -----    ----- -----  wrong
   scheduled ----- -----   -----   -----   wrong     -----    -----    ----- -----  wrong
   completed ----- -----   -----   -----   wrong     -----    -----    ----- -----  completed
   cancelled ----- -----   -----   -----   wrong     -----    -----    ----- -----  cancelled
   declined  ----- -----   -----   -----   wrong     -----    -----    ----- -----  declined
   expired   ----- -----   -----   -----   wrong     -----    -----    ----- -----  expired
    """,
    Side.SYSTEM: """
              view  respond propose decline cancel    schedule  complete  nudge   expire  archive
   pending   ----- -----   -----   -----   cancelled scheduled wrong     pending expired -----
   responded ----- -----   -----   -----   cancelled scheduled wrong     wrong   wrong   -----
   scheduled ----- -----   -----   -----   cancelled wrong     completed wrong   wrong   -----
   completed ----- -----   -----   -----   wrong     wrong     wrong     wrong   wrong   -----
   cancelled ----- -----   -----   -----   wrong     wrong     wrong     wrong   wrong   -----
   declined  ----- -----   -----   -----   wrong     wrong     wrong     wrong   wrong   -----
   expired   ----- -----   -----   -----   wrong     wrong     wrong     wrong   wrong   -----
    """,
}
SHORT = {"-----": "403 forbidden", "wrong": "409 wrong_status"}


def cells() -> dict[tuple[Side, Status, Action], str]:
    found = {}
    for side, table in TABLES.items():
        actions, *rows = [line.split() for line in table.strip().splitlines()]
        for status, *outcomes in rows:
            for action, outcome in zip(actions, outcomes, strict=True):
                found[side, Status(status), Action(action)] = SHORT.get(outcome, outcome)
    return found


CELLS = cells()


def test_the_tables_are_whole() -> None:
    assert set(CELLS) == set(product(Side, Status, Action))


@pytest.mark.parametrize("cell", CELLS, ids=" ".join)
def test_what_becomes_of_it(cell: tuple[Side, Status, Action]) -> None:
    side, status, action = cell
    try:
        outcome = after(status, action, side).value
    except DomainError as problem:
        outcome = f"{from_error(problem).status} {problem.code}"
    assert outcome == CELLS[cell]
    assert is_possible(status, action, side) == (outcome not in SHORT.values())


def test_what_has_ended_stays_ended() -> None:
    for (status, action, _), then in TRANSITIONS.items():
        if status in ENDED:
            assert (action, then) == (Action.ARCHIVE, status)
    assert set(Status) == OPEN | {Status.SCHEDULED} | set(ENDED)
