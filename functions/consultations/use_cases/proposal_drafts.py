"""Drafts of proposals: a consultation as the body that the artist sends to appointments.

Nothing is stored here. The artist completes the body and sends it to appointments; the proposal
names the consultation from then on (docs/adr/0015).
"""

from collections.abc import Iterator

from consultations.models import (
    OPEN_STATUSES,
    AnswerValue,
    Budget,
    ConsultationSide,
    Palette,
    PartOfDay,
    PreferredWindow,
    RequestDetails,
)
from consultations.rules import draft_texts
from consultations.rules.errors import WrongStatus
from consultations.schemas import DraftedProposal, ProposalDraft
from consultations.use_cases import queries
from domain.errors import Forbidden
from domain.money import format_money
from domain.policy_terms import AgeBasis
from shared.http.caller import Caller

MAX_MESSAGE = 2000  # of a proposal
MAX_ANSWER = 300  # the whole answer stays with the consultation
AGES = {
    AgeBasis.OF_AGE: "of age",
    AgeBasis.GUARDIAN_CONSENTS: "with the consent of a guardian",
}
PALETTES = {Palette.COLOUR: "in colour", Palette.BLACK_AND_GREY: "black and grey"}


def build(caller: Caller, consultation_id: str) -> ProposalDraft:
    """Build the draft of a proposal from everything the client stated.

    Raises:
        NotFound: The caller is not a party to the consultation.
        Forbidden: The caller is its client.
        WrongStatus: It is neither pending nor responded.
    """
    consultation, side = queries.require_consultation(caller, consultation_id)
    if side is not ConsultationSide.ARTIST:
        raise Forbidden("Only the artist can make a proposal.")
    request = consultation.request
    if consultation.status not in OPEN_STATUSES or request is None:
        raise WrongStatus(
            f"This is not possible because the consultation is {consultation.status}."
        )
    return ProposalDraft(
        proposal=DraftedProposal(
            consultation_id=consultation.id,
            client_id=consultation.client_id,
            service_id=request.service_id,
            message=draft_texts.join_lines(_list_lines(request), MAX_MESSAGE),
        ),
        missing=("startsAt",) if request.service_id else ("serviceId", "startsAt"),
        files=request.files,
        preferred_windows=request.preferred_windows,
        budget=request.budget,
    )


def _list_lines(request: RequestDetails) -> Iterator[str]:
    """List the request, a line for each field; the description comes last, every line quoted.

    What the client wrote never begins a line, so it cannot pass for another field.
    """
    confirmation = request.age_confirmation
    yield f"Subject: {draft_texts.to_one_line(request.subject)}"
    for label, text in (
        ("Placement", request.placement),
        ("Size", request.size),
        ("Style", request.style),
        ("Palette", PALETTES[request.palette] if request.palette else ""),
        ("Cover-up", "yes" if request.cover_up else ""),
        ("Budget", _format_budget(request.budget) if request.budget else ""),
        ("Dates", "; ".join(map(_format_window, request.preferred_windows))),
        ("Age", AGES[confirmation.basis] if confirmation else ""),
    ):
        if text:
            yield f"{label}: {draft_texts.to_one_line(text)}"
    for item in request.intake.items if request.intake else ():
        answer = draft_texts.shorten(_format_answer(item.answer), MAX_ANSWER)
        yield f"{draft_texts.to_one_line(item.label)}: {answer}"
    yield from draft_texts.quote(request.description)


def _format_budget(budget: Budget) -> str:
    bounds = (("from", budget.minimum), ("up to", budget.maximum))
    return " ".join(
        f"{word} {format_money(amount, budget.currency)}"
        for word, amount in bounds
        if amount is not None
    )


def _format_window(window: PreferredWindow) -> str:
    dates = f"{window.first_date}"
    if window.last_date != window.first_date:
        dates += f" to {window.last_date}"
    return dates if window.part_of_day is PartOfDay.ANY else f"{dates}, {window.part_of_day}"


def _format_answer(answer: AnswerValue) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return ", ".join(answer) if isinstance(answer, list) else str(answer)
