"""Precedence of versions: which are in force for an artist, or for one of their services."""

from collections.abc import Iterable

from domain.policy_terms.defaults import default_versions
from domain.policy_terms.rules import PolicyKind, form_of
from domain.policy_terms.versions import Terms


def in_force(
    published: Iterable[Terms], artist_id: str, service_id: str | None
) -> dict[PolicyKind, Terms]:
    """Return the version of each kind that is in force, without consent forms.

    The newest version for the service takes precedence over the artist's newest general version,
    and that over the default.

    Args:
        published: Published versions that were not withdrawn; they may include those of other
            artists and services.
        artist_id: The artist.
        service_id: The service; None for services in general.
    """
    versions = default_versions(artist_id)
    for terms in _by_rising_precedence(published, artist_id, service_id):
        if terms.kind is not PolicyKind.CONSENT:
            versions[terms.kind] = terms
    return versions


def forms_in_force(
    published: Iterable[Terms], artist_id: str, service_id: str | None
) -> dict[str, Terms]:
    """Return the consent forms in force, by slug. Arguments and precedence are as in `in_force`."""
    return {
        form: terms
        for terms in _by_rising_precedence(published, artist_id, service_id)
        if (form := form_of(terms.rules)) is not None
    }


def _by_rising_precedence(
    published: Iterable[Terms], artist_id: str, service_id: str | None
) -> Iterable[Terms]:
    candidates = [
        terms
        for terms in published
        if terms.artist_id == artist_id and terms.service_id in (None, service_id)
    ]
    return sorted(candidates, key=lambda terms: (terms.service_id is not None, terms.number))
