"""A consultation as the proposal that the artist is about to make of it.

Nothing is kept here: the artist sends the body to appointments, completed, and the proposal carries
the consultation's id from then on (docs/adr/0015).
"""

from collections.abc import Iterator

from consultations.models import (
    OPEN,
    AgeBasis,
    Answer,
    Palette,
    PartOfDay,
    PreferredWindow,
    Side,
    Wish,
)
from consultations.rules.errors import WrongStatus
from consultations.schemas import DraftedProposal, ProposalDraft
from consultations.use_cases import queries
from domain.errors import Forbidden
from domain.money import format_money
from shared.http.caller import Caller

LONGEST_MESSAGE = 2000  # of a proposal
AGES = {
    AgeBasis.OF_AGE: "of age",
    AgeBasis.GUARDIAN_CONSENTS: "with the consent of a guardian",
}
PALETTES = {Palette.COLOUR: "in colour", Palette.BLACK_AND_GREY: "black and grey"}


def draft(caller: Caller, consultation_id: str) -> ProposalDraft:
    """All of the consultation as a proposal.

    Raises a 404 Problem for others, a 403 one for the client, a 409 one where it is not open.
    """
    consultation, side = queries.own(caller, consultation_id)
    if side is not Side.ARTIST:
        raise Forbidden("Only the artist makes a proposal.")
    wish = consultation.wish
    if consultation.status not in OPEN or wish is None:
        raise WrongStatus(f"Not possible: the consultation is {consultation.status}.")
    return ProposalDraft(
        proposal=DraftedProposal(
            consultation_id=consultation.id,
            client_id=consultation.client_id,
            service_id=wish.service_id,
            message="\n".join(_lines(wish))[:LONGEST_MESSAGE],
        ),
        missing=("startsAt",) if wish.service_id else ("serviceId", "startsAt"),
        files=wish.files,
        preferred_windows=wish.preferred_windows,
        budget=wish.budget,
    )


def _lines(wish: Wish) -> Iterator[str]:
    """What was asked for, a line for each; the longest, which may be cut, comes last."""
    yield wish.subject
    for label, words in (
        ("Placement", wish.placement),
        ("Size", wish.size),
        ("Style", wish.style),
        ("Palette", PALETTES[wish.palette] if wish.palette else ""),
        ("Cover-up", "yes" if wish.cover_up else ""),
        ("Budget", _budget(wish)),
        ("Dates", "; ".join(map(_dates, wish.preferred_windows))),
        ("Age", AGES[wish.age_confirmation.basis] if wish.age_confirmation else ""),
    ):
        if words:
            yield f"{label}: {words}"
    for answered in wish.intake.items if wish.intake else ():
        yield f"{answered.label}: {_text(answered.answer)}"
    yield wish.description


def _budget(wish: Wish) -> str:
    budget = wish.budget
    if budget is None:
        return ""
    bounds = (("from", budget.minimum), ("up to", budget.maximum))
    return " ".join(
        f"{word} {format_money(amount, budget.currency)}"
        for word, amount in bounds
        if amount is not None
    )


def _dates(window: PreferredWindow) -> str:
    days = f"{window.first_date}"
    if window.last_date != window.first_date:
        days += f" to {window.last_date}"
    return days if window.part_of_day is PartOfDay.ANY else f"{days}, {window.part_of_day}"


def _text(answer: Answer) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return ", ".join(answer) if isinstance(answer, list) else str(answer)
