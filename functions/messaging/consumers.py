"""What other features' events mean here. Each may come twice, late, or out of order."""

from collections.abc import Callable
from datetime import datetime

from messaging import cards, erasing
from messaging.facts import ProfileUpdated, UserDeleted, UserVerified
from messaging.records import Person
from messaging.store import people
from shared.events import DomainEvent, read_data


def user_verified(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """Remember the name of a new account, until profiles tells its card."""
    user = read_data(event, UserVerified)
    people.keep(Person(id=user.user_id, name=user.name, role=user.role))


def profile_updated(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """Remember the card, unless a newer one is known."""
    card = read_data(event, ProfileUpdated)
    people.keep(
        Person(
            id=card.user_id,
            name=card.name,
            avatar=card.avatar,
            handle=card.handle,
            role=card.role,
            record_version=card.record_version,
        )
    )


def user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase what is kept of the user."""
    erasing.erase(read_data(event, UserDeleted).user_id, now)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.verified": user_verified,
    "user.profile.updated": profile_updated,
    "user.deleted": user_deleted,
    "proposal.sent": cards.proposal_sent,
    "deposit.requested": cards.deposit_requested,
    "policy.accepted": cards.policy_accepted,
    "appointment.confirmed": cards.appointment_confirmed,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Act on the event. Raises msgspec.ValidationError where its data is not what was agreed."""
    HANDLERS[event.type](event, now)
