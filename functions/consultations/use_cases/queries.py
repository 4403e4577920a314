"""Queries and presentation of consultations. They exist for their two parties only."""

from consultations.models import (
    Consultation,
    ConsultationFolder,
    ConsultationSide,
    Person,
    find_folder,
)
from consultations.rules import deadlines
from consultations.schemas import (
    ConsultationCounts,
    ConsultationList,
    ConsultationListQuery,
    ConsultationParty,
    ConsultationSummary,
    ConsultationView,
)
from consultations.store import consultations as store
from consultations.store import copies
from domain.errors import NotFound
from shared.http import cursors
from shared.http.caller import Caller, Role


def require_consultation(
    caller: Caller, consultation_id: str
) -> tuple[Consultation, ConsultationSide]:
    """Get a consultation and the side on which the caller takes part in it.

    Raises:
        NotFound: The caller is not a party to it, or deleted their account.
    """
    consultation = store.find_consultation(consultation_id)
    if consultation is not None:
        sides = {
            consultation.artist_id: ConsultationSide.ARTIST,
            consultation.client_id: ConsultationSide.CLIENT,
        }
        side = sides.get(caller.user_id)
        if side is not None and side not in consultation.erased:
            return consultation, side
    raise NotFound("There is no such consultation.")


def list_consultations(caller: Caller, query: ConsultationListQuery) -> ConsultationList:
    """List the caller's consultations, the newest first, with the number of them in each folder.

    Artists see those that clients requested from them, all others those that they requested.

    Raises:
        InvalidFields: The cursor does not belong to this list.
    """
    side = ConsultationSide.ARTIST if caller.role is Role.ARTIST else ConsultationSide.CLIENT
    scope = f"consultations {caller.user_id} {side} {query.status or ''}"
    page, position = store.list_consultations(
        side,
        caller.user_id,
        query.status,
        limit=query.limit,
        after=cursors.decode(query.cursor, scope) if query.cursor else None,
    )
    ids = [
        user_id
        for consultation in page
        for user_id in (consultation.artist_id, consultation.client_id)
    ]
    people = copies.find_copies(ids).people if ids else {}
    counts = store.get_counts(side, caller.user_id)
    return ConsultationList(
        items=[_present_summary(consultation, side, people) for consultation in page],
        next_cursor=cursors.encode(position, scope) if position else None,
        counts=ConsultationCounts(
            **{folder.value: counts[folder] for folder in ConsultationFolder}
        ),
    )


def present(consultation: Consultation, side: ConsultationSide) -> ConsultationView:
    """Present a consultation to one of its parties."""
    people = copies.find_copies([consultation.artist_id, consultation.client_id]).people
    summary = _present_summary(consultation, side, people)
    return ConsultationView(
        **{name: getattr(summary, name) for name in summary.__struct_fields__},
        request=consultation.request,
        responded_at=consultation.responded_at,
        expires_at=deadlines.get_expiry(consultation),
        reason=consultation.reason,
        closed_by=consultation.closed_by,
        proposal_id=consultation.proposal_id,
        appointment_ids=consultation.appointment_ids,
        pictures=tuple(each.picture for each in consultation.pictures),
        version=consultation.version,
    )


def _present_summary(
    consultation: Consultation, side: ConsultationSide, people: dict[str, Person]
) -> ConsultationSummary:
    return ConsultationSummary(
        id=consultation.id,
        artist=_present_party(consultation.artist_id, people),
        client=_present_party(consultation.client_id, people),
        subject=consultation.subject,
        status=consultation.status,
        archived=find_folder(consultation, side) is ConsultationFolder.ARCHIVED,
        viewed_at=consultation.viewed_at,
        created_at=consultation.created_at,
        updated_at=consultation.updated_at,
    )


def _present_party(user_id: str, people: dict[str, Person]) -> ConsultationParty:
    person = people.get(user_id)
    return ConsultationParty(
        user_id, person.name if person else "", person.avatar if person else None
    )
