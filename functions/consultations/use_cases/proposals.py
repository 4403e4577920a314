"""What becomes of a consultation once appointments has a proposal that names it.

Facts about a proposal and its sittings come in any order, so what was heard is kept first, and what
follows is decided by all of it. A fact that names somebody else's consultation says nothing.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec

from consultations.models import Consultation, Project, Side, Status
from consultations.rules.transitions import Action, is_possible
from consultations.schemas import AppointmentOver, ProposalAccepted, ProposalHeard
from consultations.store import consultations as store
from consultations.use_cases import state_changes
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data

COMPLETED = "appointment.completed"


def proposal_sent(event: DomainEvent, now: datetime) -> None:
    """A proposal is an answer."""
    heard = decode_data(event, ProposalHeard)
    if heard.consultation_id is not None:
        _hear(heard.proposal_id, now, _claimed(heard))


def proposal_accepted(event: DomainEvent, now: datetime) -> None:
    """All its sittings are booked."""
    heard = decode_data(event, ProposalAccepted)
    if heard.consultation_id is not None:
        claimed = _claimed(heard)

        def accepted(project: Project) -> Project:
            return msgspec.structs.replace(
                claimed(project), accepted=True, appointment_ids=heard.appointment_ids
            )

        _hear(heard.proposal_id, now, accepted)


def appointment_over(event: DomainEvent, now: datetime) -> None:
    """A sitting took place, or will not: what one came to is final."""
    heard = decode_data(event, AppointmentOver)
    if heard.proposal_id is not None:

        def over(project: Project) -> Project:
            return msgspec.structs.replace(
                project, over={heard.appointment_id: event.type, **project.over}
            )

        _hear(heard.proposal_id, now, over)


def _claimed(heard: ProposalHeard) -> Callable[[Project], Project]:
    def claimed(project: Project) -> Project:
        return msgspec.structs.replace(
            project,
            consultation_id=heard.consultation_id,
            artist_id=heard.artist_id,
            client_id=heard.client_id,
        )

    return claimed


@retry_on_conflict
def _hear(proposal_id: str, now: datetime, learn: Callable[[Project], Project]) -> None:
    known = store.find_project(proposal_id) or Project(proposal_id)
    project = learn(known)
    if project != known:
        project = msgspec.structs.replace(project, version=known.version + 1)
        store.keep_project(project, now)
    if project.consultation_id is not None:
        _follow(project, project.consultation_id, now)


def _follow(project: Project, consultation_id: str, now: datetime) -> None:
    """Bring the consultation to where its project is, one step after the other."""
    consultation = store.find_consultation(consultation_id)
    if consultation is None or (project.artist_id, project.client_id) != (
        consultation.artist_id,
        consultation.client_id,
    ):
        return
    if not project.accepted:
        # Ids sort by the time they were made: an older proposal takes no newer one's place.
        is_newer = project.proposal_id > (consultation.proposal_id or "")
        if is_newer and is_possible(consultation.status, Action.PROPOSE, Side.ARTIST):
            state_changes.change(
                consultation, Action.PROPOSE, Side.ARTIST, now, proposal_id=project.proposal_id
            )
        return
    if is_possible(consultation.status, Action.SCHEDULE, Side.SYSTEM):
        consultation = state_changes.change(
            consultation,
            Action.SCHEDULE,
            Side.SYSTEM,
            now,
            proposal_id=project.proposal_id,
            appointment_ids=project.appointment_ids,
        )
    _end(consultation, project, now)


def _end(consultation: Consultation, project: Project, now: datetime) -> None:
    """Once no sitting is ahead it is completed if one took place, else nothing came of it."""
    scheduled_by_it = (
        consultation.status is Status.SCHEDULED and consultation.proposal_id == project.proposal_id
    )
    if not scheduled_by_it or not set(consultation.appointment_ids) <= set(project.over):
        return
    outcomes = {project.over[one] for one in consultation.appointment_ids}
    action = Action.COMPLETE if COMPLETED in outcomes else Action.CANCEL
    state_changes.change(consultation, action, Side.SYSTEM, now)
