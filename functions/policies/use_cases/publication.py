"""An artist's own policies: drafts, and how they become versions that hold, and end."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from domain.policy_terms import Kind, Terms, first_number, form_of, kind_of, text_hash
from policies import store
from policies.models import Current, Draft, Subject, Version
from policies.rules.errors import TooManyPolicies
from policies.rules.subjects import kind_named, subject_of
from policies.schemas import (
    DraftRequest,
    DraftsQuery,
    PolicyDraft,
    PolicyDrafts,
    PolicyPublished,
    PolicyVersion,
    PolicyWithdrawn,
    PublishRequest,
    SubjectQuery,
)
from policies.use_cases.versions import as_answer
from shared.data.conflicts import retry_on_conflict
from shared.events import domain_events
from shared.http import cursors
from shared.http.caller import Caller

MAX_SUBJECTS = 200  # kinds, services' own and forms together: what bounds a reading of all


def save_draft(caller: Caller, kind: str, request: DraftRequest, now: datetime) -> PolicyDraft:
    """Keep a draft in the place of the one before.

    Raises a 404 Problem for an unknown kind, a 422 one for rules of another kind or a service that
    is not the caller's.
    """
    wanted = kind_named(kind)
    if kind_of(request.rules) is not wanted:
        raise InvalidFields(FieldError("body.rules.type", f"must be {wanted}"))
    form = form_of(request.rules)
    subject = subject_of(caller.user_id, request.service_id, wanted, form, "body")
    draft = Draft(subject, request.text, request.rules, now, new_id("rev"))
    store.save_draft(draft)
    return _as_answer(draft)


def list_drafts(caller: Caller, query: DraftsQuery) -> PolicyDrafts:
    """The caller's drafts. Raises a 422 Problem for a cursor that is not of this list."""
    scope = f"policy drafts {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    found, last = store.find_drafts(caller.user_id, after, query.limit)
    return PolicyDrafts(
        items=[_as_answer(draft) for draft in found],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def drop_draft(caller: Caller, kind: str, query: SubjectQuery) -> None:
    """Drop a draft of the caller's; one that is gone already is fine.

    Raises a 404 Problem for an unknown kind, a 422 one for a subject that cannot be.
    """
    wanted = kind_named(kind)
    subject = subject_of(caller.user_id, query.service_id, wanted, query.form, "query")
    store.delete_draft(subject)


def publish(caller: Caller, kind: str, request: PublishRequest, now: datetime) -> PolicyVersion:
    """Make the next version of the caller's draft, which is gone then.

    Raises a 404 Problem where there is no draft, a 409 one for a policy too many, a 422 one for a
    subject that cannot be.
    """
    wanted = kind_named(kind)
    subject = subject_of(caller.user_id, request.service_id, wanted, request.form, "body")
    return as_answer(retry_on_conflict(lambda: _publish(subject, now))())


def withdraw(caller: Caller, kind: str, query: SubjectQuery, now: datetime) -> None:
    """End what the caller laid down for one service, or a consent form.

    Raises a 404 Problem where nothing is in force, a 422 one for a subject that cannot be, or that
    has nothing to fall back to: a general policy is replaced, not withdrawn.
    """
    wanted = kind_named(kind)
    subject = subject_of(caller.user_id, query.service_id, wanted, query.form, "query")
    if subject.service_id is None and wanted is not Kind.CONSENT:
        raise InvalidFields(FieldError("query.serviceId", "is required"))
    retry_on_conflict(lambda: _withdraw(subject, now))()


def _publish(subject: Subject, now: datetime) -> Version:
    draft = store.find_draft(subject)
    if draft is None:
        raise NotFound("There is no draft to publish.")
    current = store.find_current(subject)
    if current is None and store.count_current(subject.artist_id) >= MAX_SUBJECTS:
        raise TooManyPolicies(f"At most {MAX_SUBJECTS} policies are kept.")
    version = Version(_terms(draft, _next_number(subject, current), now), draft.text)
    told = domain_events.new_event(
        "policies", subject.artist_id, PolicyPublished(version.terms), now
    )
    store.publish(draft, version, told)
    return version


def _withdraw(subject: Subject, now: datetime) -> None:
    current = store.find_current(subject)
    if current is None or current.version is None:
        raise NotFound("There is nothing in force to end.")
    withdrawn = PolicyWithdrawn(
        artist_id=subject.artist_id,
        service_id=subject.service_id,
        kind=subject.kind,
        form=subject.form,
        number=current.number,
        version_id=current.version.terms.version_id,
        withdrawn_at=now,
    )
    told = domain_events.new_event("policies", subject.artist_id, withdrawn, now)
    store.withdraw(subject, current.number, now, told)


def _next_number(subject: Subject, current: Current | None) -> int:
    if current is not None:
        return current.number + 1
    return first_number(subject.kind, subject.service_id)


def _terms(draft: Draft, number: int, now: datetime) -> Terms:
    subject = draft.subject
    return Terms(
        artist_id=subject.artist_id,
        service_id=subject.service_id,
        kind=subject.kind,
        number=number,
        version_id=subject.version_id(number),
        text_hash=text_hash(draft.text),
        rules=draft.rules,
        published_at=now,
    )


def _as_answer(draft: Draft) -> PolicyDraft:
    return PolicyDraft(
        kind=draft.subject.kind,
        service_id=draft.subject.service_id,
        form=draft.subject.form,
        text=draft.text,
        rules=draft.rules,
        saved_at=draft.saved_at,
    )
