"""Proposals of appointments that name a consultation."""

from datetime import datetime, timedelta

from consultations.models import LinkedProposal
from consultations.store.table import RECORD, RecordItem
from shared.data.dynamodb import transaction

PROPOSAL = "PROPOSAL#"
# Most proposals name no consultation. An event that does may still be on its way.
UNLINKED_KEPT_FOR = timedelta(days=90)


def find_proposal(proposal_id: str) -> LinkedProposal | None:
    """Find a proposal, read consistently."""
    return RecordItem.read(PROPOSAL + proposal_id, RECORD, LinkedProposal)


def save_proposal(proposal: LinkedProposal, now: datetime) -> None:
    """Save the next version of a proposal.

    Raises:
        WriteConflict: Another event changed it meanwhile.
    """
    item = RecordItem.of(PROPOSAL + proposal.proposal_id, RECORD, proposal)
    if proposal.consultation_id is None:
        item.expires_at = int((now + UNLINKED_KEPT_FOR).timestamp())
    with transaction(RecordItem) as writes:
        item.write(writes, proposal.version)
