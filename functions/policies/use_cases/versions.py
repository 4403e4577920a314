"""Published versions: those in force, the history of a subject, and each by its id; all public."""

from domain.errors import NotFound
from domain.policy_terms import (
    DEFAULT_NUMBER,
    DEFAULTS,
    Terms,
    default_versions,
    forms_in_force,
    in_force,
    parse_version_id,
)
from policies.models import Subject, Version
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


def list_in_force(query: PoliciesQuery) -> PolicyList:
    """List the policies in force, in general or for a service: the kinds, then the consent forms.

    Raises:
        InvalidFields: An id is malformed, or the service belongs to another artist.
    """
    artist_id, service_id = query.artist_id, query.service_id
    require_artist_and_service(artist_id, service_id, "query")
    published = {
        version.terms.version_id: version for version in store.list_current(artist_id, service_id)
    }
    candidates = [version.terms for version in published.values()]
    kinds = in_force(candidates, artist_id, service_id)
    forms = forms_in_force(candidates, artist_id, service_id)
    ordered = [kinds[kind] for kind in sorted(kinds)] + [forms[form] for form in sorted(forms)]
    return PolicyList(
        [present(published.get(terms.version_id) or _create_default(terms)) for terms in ordered]
    )


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
    page = versions[: query.limit]
    has_more = len(versions) > len(page)
    return PolicyVersionList(
        items=[present(version) for version in page],
        next_cursor=cursors.encode(page[-1].terms.number, scope) if has_more else None,
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


def _find(version_id: str) -> Version | None:
    parts = parse_version_id(version_id)
    if parts is None:
        return None
    subject = Subject(parts.artist_id, parts.service_id, parts.kind, parts.form)
    if parts.number == DEFAULT_NUMBER and (default := find_default(subject)) is not None:
        return default
    return store.find_version(subject, parts.number)


def _create_default(terms: Terms) -> Version:
    return Version(terms, DEFAULTS[terms.kind].text)
