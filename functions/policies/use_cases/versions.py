"""Published versions: those in force, the history of a subject, and each by its id; all public."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.errors import NotFound
from domain.policy_terms import (
    DEFAULT_NUMBER,
    DEFAULTS,
    Terms,
    default_versions,
    form_of,
    forms_in_force,
    in_force,
    parse_version_id,
)
from policies.models import Subject, Version
from policies.rules import pages
from policies.rules.subjects import create_subject, require_artist_and_service
from policies.schemas import (
    PoliciesQuery,
    PolicyList,
    PolicyVersion,
    PolicyVersionList,
    PolicyVersionsQuery,
)
from policies.store import versions as store
from shared.http import cursors

TEXTS_AT_ONCE = 20  # a text has at most 80 KB


def list_in_force(query: PoliciesQuery) -> PolicyList:
    """List the policies in force, in general or for a service: the kinds, then the consent forms.

    The terms of all of them are read, but the texts of the page only.

    Raises:
        InvalidFields: An id is malformed, the service belongs to another artist, or the cursor to
            another list.
    """
    artist_id, service_id = query.artist_id, query.service_id
    require_artist_and_service(artist_id, service_id, "query")
    scope = f"policies in force {artist_id} {service_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else []
    published = store.list_current(artist_id, service_id)
    kinds = in_force(published, artist_id, service_id).values()
    forms = forms_in_force(published, artist_id, service_id).values()
    ordered = sorted([*kinds, *forms], key=_get_position)
    remaining = [terms for terms in ordered if _get_position(terms) > after]
    page = pages.cut_to_size(_iterate_presented(remaining[: query.limit]))
    has_more = len(page) < len(remaining)
    last = _get_position(remaining[len(page) - 1]) if has_more else None
    return PolicyList(list(page), cursors.encode(last, scope) if last else None)


def list_history(query: PolicyVersionsQuery) -> PolicyVersionList:
    """List the versions of a subject, newest first, with the default at the end.

    Raises:
        InvalidFields: The subject is not valid, or the cursor belongs to another list.
    """
    subject = create_subject(query.artist_id, query.service_id, query.kind, query.form, "query")
    scope = f"policy versions {subject.version_id(1)}"
    before = cursors.decode(query.cursor, scope) if query.cursor else None
    versions = store.list_versions(subject, before, query.limit + 1)
    default = find_default(subject)
    if default is not None:
        versions.append(default)  # the oldest; cut off again where the page is full already
    page = pages.cut_to_size(present(version) for version in versions[: query.limit])
    has_more = len(versions) > len(page)
    return PolicyVersionList(
        items=list(page),
        next_cursor=cursors.encode(page[-1].number, scope) if has_more else None,
    )


def get(version_id: str) -> Version:
    """Return a published version by its id.

    Raises:
        NotFound: There is no such version.
    """
    version = _find(version_id)
    if version is None:
        raise NotFound("There is no such version.")
    return version


def find_end(version: Version) -> datetime | None:
    """Return when a version was replaced or withdrawn; None while it is in force."""
    terms = version.terms
    subject = Subject(terms.artist_id, terms.service_id, terms.kind, form_of(terms.rules))
    current = store.find_current(subject)
    is_current = current is not None and current.number == terms.number
    if is_current or (current is None and _is_default(terms)):
        return None
    if version.withdrawn_at is not None:
        return version.withdrawn_at
    following = store.find_version(subject, terms.number + 1)
    if following is not None:
        return following.terms.published_at
    return terms.published_at  # the artist's account was deleted, and nothing of it is in force


def find_default(subject: Subject) -> Version | None:
    """Return the default version of a subject, if it has one."""
    if subject.service_id is not None or subject.kind not in DEFAULTS:
        return None
    return _create_default(default_versions(subject.artist_id)[subject.kind])


def present(version: Version) -> PolicyVersion:
    """Return a version as the API shows it."""
    terms = version.terms
    return PolicyVersion(
        artist_id=terms.artist_id,
        service_id=terms.service_id,
        kind=terms.kind,
        number=terms.number,
        version_id=terms.version_id,
        text=version.text,
        text_hash=terms.text_hash,
        rules=terms.rules,
        published_at=terms.published_at,
        withdrawn_at=version.withdrawn_at,
    )


def _get_position(terms: Terms) -> list[str | bool]:
    """Return the position of a version among those in force: kinds by name, then forms by slug."""
    form = form_of(terms.rules)
    return [form is not None, form or terms.kind]


def _iterate_presented(ordered: Sequence[Terms]) -> Iterator[PolicyVersion]:
    """Yield versions with their texts, which are read a few at a time."""
    for start in range(0, len(ordered), TEXTS_AT_ONCE):
        batch = ordered[start : start + TEXTS_AT_ONCE]
        published = store.find_versions(terms for terms in batch if not _is_default(terms))
        for terms in batch:
            is_default = _is_default(terms)
            yield present(_create_default(terms) if is_default else published[terms.version_id])


def _find(version_id: str) -> Version | None:
    parts = parse_version_id(version_id)
    if parts is None:
        return None
    subject = Subject(parts.artist_id, parts.service_id, parts.kind, parts.form)
    if parts.number == DEFAULT_NUMBER and (default := find_default(subject)) is not None:
        return default
    return store.find_version(subject, parts.number)


def _is_default(terms: Terms) -> bool:
    is_general = terms.service_id is None and terms.kind in DEFAULTS
    return is_general and terms.number == DEFAULT_NUMBER


def _create_default(terms: Terms) -> Version:
    return Version(terms, DEFAULTS[terms.kind].text)
