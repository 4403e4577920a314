"""What a request is about, and whether that is the artist's own."""

from domain.errors import FieldError, InvalidFields, NotFound
from domain.policy_terms import Kind, owner_of_service
from policies.models import Subject


def kind_named(name: str) -> Kind:
    """The kind in a path. Raises a 404 Problem where there is none of this name."""
    try:
        return Kind(name)
    except ValueError:
        raise NotFound("There is no such kind of policy.") from None


def subject_of(
    artist_id: str, service_id: str | None, kind: Kind, form: str | None, at: str
) -> Subject:
    """The subject that a request names in its `query` or `body` (at).

    Raises a 422 Problem for nonsense, for a service of another artist, and for a consent form
    without its slug, or a slug without a consent form.
    """
    check_ids(artist_id, service_id, at)
    if kind is Kind.CONSENT and form is None:
        raise InvalidFields(FieldError(f"{at}.form", "is required for consent"))
    if kind is not Kind.CONSENT and form is not None:
        raise InvalidFields(FieldError(f"{at}.form", "is only for consent"))
    return Subject(artist_id, service_id, kind, form)


def check_ids(artist_id: str, service_id: str | None, at: str) -> None:
    """Raise a 422 Problem unless this is an artist, and the service, if any, theirs."""
    try:
        Subject(artist_id, None, Kind.DEPOSIT).version_id(1)
    except ValueError:
        raise InvalidFields(FieldError(f"{at}.artistId", "is no id of a user")) from None
    if service_id is not None and owner_of_service(service_id) != artist_id:
        raise InvalidFields(FieldError(f"{at}.serviceId", "is no service of this artist"))
