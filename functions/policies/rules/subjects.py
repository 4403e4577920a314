"""Subjects of requests: validated against the ids that they name."""

from domain.errors import FieldError, InvalidFields, NotFound
from domain.policy_terms import PolicyKind, owner_of_service
from policies.models import Subject


def require_kind(name: str) -> PolicyKind:
    """Return the kind of policy with this name.

    Raises:
        NotFound: There is no such kind.
    """
    try:
        return PolicyKind(name)
    except ValueError:
        raise NotFound("There is no such kind of policy.") from None


def create_subject(
    artist_id: str, service_id: str | None, kind: PolicyKind, form: str | None, source: str
) -> Subject:
    """Return the subject that a request names.

    Args:
        artist_id: The artist.
        service_id: The service; None for the artist in general.
        kind: The kind of policy.
        form: Slug of the consent form; None for every other kind.
        source: Where the fields stand, for errors: `query` or `body`.

    Raises:
        InvalidFields: An id is malformed, the service belongs to another artist, or a form is
            missing for consent or given for another kind.
    """
    require_artist_and_service(artist_id, service_id, source)
    if kind is PolicyKind.CONSENT and form is None:
        raise InvalidFields(FieldError(f"{source}.form", "is required for consent"))
    if kind is not PolicyKind.CONSENT and form is not None:
        raise InvalidFields(FieldError(f"{source}.form", "is only allowed for consent"))
    return Subject(artist_id, service_id, kind, form)


def require_artist_and_service(artist_id: str, service_id: str | None, source: str) -> None:
    """Check that an id is that of a user, and that a service belongs to them.

    Raises:
        InvalidFields: An id is malformed, or the service belongs to another artist.
    """
    try:
        Subject(artist_id, None, PolicyKind.DEPOSIT).version_id(1)
    except ValueError:
        raise InvalidFields(FieldError(f"{source}.artistId", "is not the id of a user")) from None
    if service_id is not None and owner_of_service(service_id) != artist_id:
        message = "is not the id of a service of this artist"
        raise InvalidFields(FieldError(f"{source}.serviceId", message))
