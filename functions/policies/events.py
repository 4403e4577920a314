"""Events of policies: published and consumed."""

from domain.policy_terms import PolicyKind, PolicyVersionId, Terms, TextHash
from domain.types import AppointmentId, ArtistId, ClientId, Instant, ServiceId, UserId
from policies.models import AcceptanceId, LinkHash, LinkNumber
from shared.events.domain_events import ConsumedEvent, EventData


class PolicyPublished(EventData, frozen=True):
    """A version was published; it replaces every one of its subject with a smaller number.

    The subject is the artist, the service if there is one, the kind, and for consent the form.

    Attributes:
        terms: The version without its text.
    """

    type = "policy.published"

    terms: Terms


class PolicyWithdrawn(EventData, frozen=True):
    """The versions of a subject up to `number` were withdrawn; later ones may be in force.

    Attributes:
        service_id: Id of the service that the policy was for; null for the artist in general.
        kind: What the policy is about. Example: deposit
        form: Slug of the consent form; null for every other kind. Example: tattoo-waiver
        number: Number of the newest version that was withdrawn. Example: 2
        withdrawn_at: Instant when the artist withdrew it.
    """

    type = "policy.withdrawn"

    artist_id: ArtistId
    service_id: ServiceId | None
    kind: PolicyKind
    form: str | None
    number: int
    version_id: PolicyVersionId
    withdrawn_at: Instant


class PolicyAccepted(EventData, frozen=True):
    """A user accepted a version.

    Attributes:
        user_id: Id of the user who accepted.
        appointment_id: Id of the appointment that they accepted it for, if any.
        accepted_at: Instant of the acceptance.
    """

    type = "policy.accepted"

    acceptance_id: AcceptanceId
    artist_id: ArtistId
    user_id: ClientId
    version_id: PolicyVersionId
    text_hash: TextHash
    appointment_id: AppointmentId | None
    accepted_at: Instant
    number: LinkNumber
    hash: LinkHash


PUBLISHED = (PolicyPublished, PolicyWithdrawn, PolicyAccepted)


# ---- consumed ----------------------------------------------------------------------------------


class AppointmentCreated(ConsumedEvent, frozen=True):
    """Data of `appointment.created` and `appointment.recorded`.

    Attributes:
        client_id: The client; None for a walk-in without an account.
        agreed_at: When its policies were agreed on; None in events of versions before 0.3, where it
            is about the time of the event.
    """

    appointment_id: AppointmentId
    artist_id: ArtistId
    client_id: ClientId | None
    service_id: ServiceId
    agreed_at: Instant | None = None


class UserDeleted(ConsumedEvent, frozen=True):
    """Data of `user.deleted`."""

    user_id: UserId
