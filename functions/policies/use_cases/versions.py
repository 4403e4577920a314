"""Published versions: what holds, what held, and every single one. All of it is public."""

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
from policies import store
from policies.models import Subject, Version
from policies.rules.subjects import check_ids, subject_of
from policies.schemas import Policies, PoliciesQuery, PolicyVersion, PolicyVersions, VersionsQuery
from shared.http import cursors


def holding(query: PoliciesQuery) -> Policies:
    """What is in force, in general or for a service: every kind, then every consent form.

    Raises a 422 Problem for an artist or a service that cannot be.
    """
    artist_id, service_id = query.artist_id, query.service_id
    check_ids(artist_id, service_id, "query")
    published = {
        version.terms.version_id: version for version in store.find_in_force(artist_id, service_id)
    }
    terms = [version.terms for version in published.values()]
    kinds = in_force(terms, artist_id, service_id)
    forms = forms_in_force(terms, artist_id, service_id)
    found = [kinds[kind] for kind in sorted(kinds)] + [forms[form] for form in sorted(forms)]
    return Policies([as_answer(published.get(one.version_id) or _default(one)) for one in found])


def history(query: VersionsQuery) -> PolicyVersions:
    """A subject's versions, the newest first, the default at the end.

    Raises a 422 Problem for a subject that cannot be, or a cursor that is not of this list.
    """
    subject = subject_of(query.artist_id, query.service_id, query.kind, query.form, "query")
    scope = f"policy versions {subject.version_id(1)}"
    before = cursors.decode(query.cursor, scope) if query.cursor else None
    found = store.find_versions(subject, before, query.limit + 1)
    default = default_of(subject)
    if default is not None:
        found.append(default)  # the oldest; of a page that is full already it is cut off again
    page = found[: query.limit]
    more = len(found) > len(page)
    return PolicyVersions(
        items=[as_answer(version) for version in page],
        next_cursor=cursors.encode(page[-1].terms.number, scope) if more else None,
    )


def find(version_id: str) -> Version:
    """A published version by its id. Raises a 404 Problem where there is none."""
    version = _find(version_id)
    if version is None:
        raise NotFound("There is no such version.")
    return version


def default_of(subject: Subject) -> Version | None:
    """The version 1 that nobody published, of subjects that have one."""
    if subject.service_id is not None or subject.kind not in DEFAULTS:
        return None
    return _default(default_versions(subject.artist_id)[subject.kind])


def as_answer(version: Version) -> PolicyVersion:
    """The version as everybody may see it."""
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
    named = parse_version_id(version_id)
    if named is None:
        return None
    subject = Subject(named.artist_id, named.service_id, named.kind, named.form)
    if named.number == DEFAULT_NUMBER and (default := default_of(subject)) is not None:
        return default
    return store.find_version(subject, named.number)


def _default(terms: Terms) -> Version:
    return Version(terms, DEFAULTS[terms.kind].text)
