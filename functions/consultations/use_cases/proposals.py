"""Proposals of appointments that name a consultation, and the consultation's status by them.

Events about a proposal and its sittings arrive in any order. Each is recorded in the
`LinkedProposal` first, and all that is recorded then decides the next steps of the consultation. A
proposal that names a consultation of other parties changes nothing.
"""

from datetime import datetime
from typing import Any

import msgspec

from consultations.events import (
    ProposalAccepted,
    ProposalEnded,
    ProposalSent,
    SittingChanged,
)
from consultations.models import (
    Consultation,
    ConsultationSide,
    ConsultationStatus,
    LinkedProposal,
    ProposalEnding,
)
from consultations.rules.transitions import ConsultationAction, is_possible
from consultations.store import consultations as store
from consultations.store import linked_proposals
from consultations.use_cases import lifecycle
from shared.data.conflicts import retry_on_conflict

COMPLETED, CORRECTED = "appointment.completed", "appointment.corrected"
# What the end of a proposal does to its consultation: the action, its side and its reason.
BY_ENDING: dict[ProposalEnding, tuple[ConsultationAction, ConsultationSide, str]] = {
    ProposalEnding.DECLINED: (
        ConsultationAction.CANCEL,
        ConsultationSide.CLIENT,
        "The proposal was declined.",
    ),
    ProposalEnding.WITHDRAWN: (
        ConsultationAction.DECLINE,
        ConsultationSide.ARTIST,
        "The proposal was withdrawn.",
    ),
    ProposalEnding.EXPIRED: (
        ConsultationAction.EXPIRE,
        ConsultationSide.SYSTEM,
        "The proposal was not answered in time.",
    ),
}

# The statuses that outcomes of sittings lead to.
ENDED_BY = {
    ConsultationAction.COMPLETE: ConsultationStatus.COMPLETED,
    ConsultationAction.CANCEL: ConsultationStatus.CANCELLED,
}


@retry_on_conflict
def link(event: ProposalSent, now: datetime) -> None:
    """Link a proposal to the consultation that it names; it answers the client's request."""
    if event.consultation_id is not None:
        proposal = _find_or_create(event.proposal_id)
        _record(proposal, now, **_parties(event))


@retry_on_conflict
def accept(event: ProposalAccepted, now: datetime) -> None:
    """Record that the client accepted a proposal and that its sittings are booked."""
    if event.consultation_id is not None:
        proposal = _find_or_create(event.proposal_id)
        _record(
            proposal,
            now,
            **_parties(event),
            accepted=True,
            appointment_ids=event.appointment_ids,
        )


@retry_on_conflict
def end(event: ProposalEnded, ending: ProposalEnding, now: datetime) -> None:
    """Record that a proposal ended without a booking, unless another one replaced it."""
    if event.consultation_id is not None and event.replaced_by is None:
        proposal = _find_or_create(event.proposal_id)
        _record(proposal, now, **_parties(event), ended=ending)


@retry_on_conflict
def record_outcome(event: SittingChanged, type_: str, now: datetime) -> None:
    """Record the outcome of a sitting: the type of the newest event that ended or corrected it."""
    if event.proposal_id is None:
        return
    proposal = _find_or_create(event.proposal_id)
    sitting_id, version = event.appointment_id, event.record_version
    if version <= proposal.outcome_versions.get(sitting_id, 0):
        _record(proposal, now)
        return
    _record(
        proposal,
        now,
        outcomes=proposal.outcomes | {sitting_id: type_},
        outcome_versions=proposal.outcome_versions | {sitting_id: version},
    )


def _find_or_create(proposal_id: str) -> LinkedProposal:
    return linked_proposals.find_proposal(proposal_id) or LinkedProposal(proposal_id)


def _parties(event: ProposalSent) -> dict[str, str | None]:
    return {
        "consultation_id": event.consultation_id,
        "artist_id": event.artist_id,
        "client_id": event.client_id,
    }


def _record(before: LinkedProposal, now: datetime, **changes: Any) -> None:
    """Save these changes of a proposal, if there are any, and update its consultation."""
    proposal = msgspec.structs.replace(before, **changes)
    if proposal != before:
        proposal = msgspec.structs.replace(proposal, version=before.version + 1)
        linked_proposals.save_proposal(proposal, now)
    if proposal.consultation_id is not None:
        _update_consultation(proposal, proposal.consultation_id, now)


def _update_consultation(proposal: LinkedProposal, consultation_id: str, now: datetime) -> None:
    """Bring the consultation to the status of its proposal, one transition after the other."""
    consultation = store.find_consultation(consultation_id)
    if consultation is None or (proposal.artist_id, proposal.client_id) != (
        consultation.artist_id,
        consultation.client_id,
    ):
        return
    # Ids sort by their time of creation: an older proposal does not replace or end a newer one.
    is_newest = proposal.proposal_id >= (consultation.proposal_id or "")
    if proposal.ended is not None:
        action, side, reason = BY_ENDING[proposal.ended]
        if is_newest and is_possible(consultation.status, action, side):
            lifecycle.apply(
                consultation,
                action,
                side,
                now,
                reason=reason,
                proposal_id=proposal.proposal_id,
            )
        return
    if not proposal.accepted:
        is_linked = proposal.proposal_id == consultation.proposal_id
        action, side = ConsultationAction.PROPOSE, ConsultationSide.ARTIST
        if is_newest and not is_linked and is_possible(consultation.status, action, side):
            lifecycle.apply(consultation, action, side, now, proposal_id=proposal.proposal_id)
        return
    action, side = ConsultationAction.SCHEDULE, ConsultationSide.SYSTEM
    if is_possible(consultation.status, action, side):
        consultation = lifecycle.apply(
            consultation,
            action,
            side,
            now,
            proposal_id=proposal.proposal_id,
            appointment_ids=proposal.appointment_ids,
        )
    _follow_outcomes(consultation, proposal, now)


def _follow_outcomes(consultation: Consultation, proposal: LinkedProposal, now: datetime) -> None:
    """Bring a consultation to what the outcomes of its sittings say.

    Once all sittings are over, it is completed if one took place, else cancelled. An outcome that
    was corrected counts no more, and reopens what it ended.
    """
    if consultation.proposal_id != proposal.proposal_id or not consultation.appointment_ids:
        return
    action = _get_ending(consultation, proposal)
    side, status = ConsultationSide.SYSTEM, action and ENDED_BY[action]
    if status is not consultation.status and is_possible(
        consultation.status, ConsultationAction.REOPEN, side
    ):
        consultation = lifecycle.apply(
            consultation, ConsultationAction.REOPEN, side, now, closed_by=None, archived_by=()
        )
    if action and is_possible(consultation.status, action, side):
        lifecycle.apply(consultation, action, side, now)


def _get_ending(consultation: Consultation, proposal: LinkedProposal) -> ConsultationAction | None:
    """Return how the outcomes of all sittings end a consultation; None until all are over."""
    outcomes = [proposal.outcomes.get(id_, CORRECTED) for id_ in consultation.appointment_ids]
    if CORRECTED in outcomes:
        return None
    return ConsultationAction.COMPLETE if COMPLETED in outcomes else ConsultationAction.CANCEL
