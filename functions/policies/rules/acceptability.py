"""Acceptability: which versions can be accepted, and for which appointments."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from domain.policy_terms import PolicyKind, Terms
from policies.models import Appointment
from policies.rules.errors import NotInForce


def require_appointment(appointment: Appointment | None, terms: Terms) -> None:
    """Check that an appointment is one that a version can be accepted for.

    Args:
        appointment: The appointment that the request names, if it is one of the caller's.
        terms: The version.

    Raises:
        InvalidFields: It is not the caller's, or not with the artist of the version, or for
            another service than the version's.
    """
    if (
        appointment is None
        or appointment.artist_id != terms.artist_id
        or terms.service_id not in (None, appointment.service_id)
    ):
        message = "is not an appointment of yours that this policy is for"
        raise InvalidFields(FieldError("body.appointmentId", message))


def require_acceptable(
    terms: Terms, ended_at: datetime | None, appointment: Appointment | None
) -> None:
    """Check that a version can be accepted: while it is in force, or by those bound to it.

    A version that was replaced or withdrawn later still binds the appointments that were agreed on
    before. A consent form binds none, so it can only be accepted while it is in force.

    Args:
        terms: The version.
        ended_at: When it was replaced or withdrawn; None while it is in force.
        appointment: The appointment that it is accepted for, if any.

    Raises:
        NotInForce: It is not in force, and was not when the appointment was agreed on.
    """
    if ended_at is None:
        return
    is_bound = (
        appointment is not None
        and terms.kind is not PolicyKind.CONSENT
        and terms.published_at <= appointment.agreed_at < ended_at
    )
    if not is_bound:
        raise NotInForce(
            f"This version was replaced or withdrawn at {ended_at:%Y-%m-%dT%H:%M:%SZ}."
        )
