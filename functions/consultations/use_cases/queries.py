"""Consultations as the two read them. To everybody else there are none."""

from consultations.models import Consultation, Folder, Person, Side, folder_of
from consultations.rules import deadlines
from consultations.schemas import (
    Consultations,
    ConsultationsQuery,
    ConsultationSummary,
    ConsultationView,
    Counts,
    PersonView,
)
from consultations.store import consultations as store
from consultations.store import copies
from domain.errors import NotFound
from shared.http import cursors
from shared.http.caller import Caller, Role


def own(caller: Caller, consultation_id: str) -> tuple[Consultation, Side]:
    """The consultation and the side on which the caller takes part in it.

    Raises a 404 Problem for others, and for who deleted their account.
    """
    consultation = store.find_consultation(consultation_id)
    if consultation is not None:
        sides = {consultation.artist_id: Side.ARTIST, consultation.client_id: Side.CLIENT}
        side = sides.get(caller.user_id)
        if side is not None and side not in consultation.erased:
            return consultation, side
    raise NotFound("There is no such consultation.")


def list_for(caller: Caller, query: ConsultationsQuery) -> Consultations:
    """The caller's consultations, an artist's as artist, the newest first, and how many there are.

    Raises a 422 Problem for a cursor that is not of this list.
    """
    side = Side.ARTIST if caller.role is Role.ARTIST else Side.CLIENT
    scope = f"consultations {caller.user_id} {side} {query.status or ''}"
    found, position = store.list_of(
        side,
        caller.user_id,
        query.status,
        limit=query.limit,
        after=cursors.decode(query.cursor, scope) if query.cursor else None,
    )
    ids = [one for each in found for one in (each.artist_id, each.client_id)]
    people = copies.find_known(ids).people if ids else {}
    counts = store.find_counts(side, caller.user_id)
    return Consultations(
        items=[_summary(consultation, side, people) for consultation in found],
        next_cursor=cursors.encode(position, scope) if position else None,
        counts=Counts(**{folder.value: counts[folder] for folder in Folder}),
    )


def view(consultation: Consultation, side: Side) -> ConsultationView:
    """The consultation as that side sees it."""
    people = copies.find_known([consultation.artist_id, consultation.client_id]).people
    summary = _summary(consultation, side, people)
    return ConsultationView(
        **{name: getattr(summary, name) for name in summary.__struct_fields__},
        request=consultation.wish,
        responded_at=consultation.responded_at,
        expires_at=deadlines.expires_at(consultation),
        reason=consultation.reason,
        closed_by=consultation.closed_by,
        proposal_id=consultation.proposal_id,
        appointment_ids=consultation.appointment_ids,
        version=consultation.version,
    )


def _summary(
    consultation: Consultation, side: Side, people: dict[str, Person]
) -> ConsultationSummary:
    return ConsultationSummary(
        id=consultation.id,
        artist=_person(consultation.artist_id, people),
        client=_person(consultation.client_id, people),
        subject=consultation.subject,
        status=consultation.status,
        archived=folder_of(consultation, side) is Folder.ARCHIVED,
        viewed_at=consultation.viewed_at,
        created_at=consultation.created_at,
        updated_at=consultation.updated_at,
    )


def _person(user_id: str, people: dict[str, Person]) -> PersonView:
    known = people.get(user_id)
    return PersonView(user_id, known.name if known else "", known.avatar if known else None)
