"""Publication of an artist's own policies: drafts, their publication, and withdrawal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from domain import text
from domain.errors import FieldError, InvalidFields, NotFound, SessionEnded
from domain.ids import new_id
from domain.policy_terms import (
    DEFAULTS,
    ConsentRules,
    Rules,
    Terms,
    first_number,
    form_of,
    kind_of,
    text_hash,
)
from policies.events import PolicyPublished, PolicyWithdrawn
from policies.models import Draft, Subject, Version
from policies.rules import pages
from policies.rules.errors import DraftChanged, TooManyPolicies
from policies.rules.subjects import create_subject, require_kind
from policies.schemas import (
    PolicyDraft,
    PolicyDraftList,
    PolicyDraftRequest,
    PolicyDraftsQuery,
    PolicySubjectQuery,
    PolicyVersion,
    PublishPolicyRequest,
)
from policies.store import drafts as draft_store
from policies.store import versions as version_store
from policies.use_cases import versions
from shared.data import tombstones
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events import domain_events
from shared.http import cursors
from shared.http.caller import Caller

MAX_SUBJECTS = 200  # general policies, services' own and consent forms: bounds a read of them all


@retry_on_conflict
def replace_draft(
    caller: Caller, kind_name: str, request: PolicyDraftRequest, now: datetime
) -> PolicyDraft:
    """Save a draft, replacing that of the same subject.

    Raises:
        NotFound: There is no such kind.
        InvalidFields: The rules are of another kind, the service is not the caller's, or the
            title is not a line of visible characters.
        SessionEnded: The caller's account was deleted.
    """
    kind = require_kind(kind_name)
    if kind_of(request.rules) is not kind:
        raise InvalidFields(FieldError("body.rules.type", f"must be {kind}"))
    _require_title(request.rules)
    form = form_of(request.rules)
    subject = create_subject(caller.user_id, request.service_id, kind, form, "body")
    draft = Draft(subject, request.text, request.rules, now, new_id("rev"))
    with _unless_deleted(caller):
        draft_store.save_draft(draft)
    return _present_draft(draft)


def list_drafts(caller: Caller, query: PolicyDraftsQuery) -> PolicyDraftList:
    """List the caller's drafts.

    Raises:
        InvalidFields: The cursor belongs to another list.
    """
    scope = f"policy drafts {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    drafts = draft_store.list_drafts(caller.user_id, after, query.limit + 1)
    page = pages.cut_to_size(_present_draft(draft) for draft in drafts[: query.limit])
    last = draft_store.get_position(drafts[len(page) - 1]) if len(page) < len(drafts) else None
    return PolicyDraftList(
        items=list(page),
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def delete_draft(caller: Caller, kind_name: str, query: PolicySubjectQuery) -> None:
    """Delete a draft of the caller, if there is one.

    Raises:
        NotFound: There is no such kind.
        InvalidFields: The subject is not valid.
    """
    draft_store.delete_draft(_own_subject(caller, kind_name, query, "query"))


@retry_on_conflict
def publish(
    caller: Caller, kind_name: str, request: PublishPolicyRequest, now: datetime
) -> PolicyVersion:
    """Publish a draft of the caller as the next version, and delete the draft.

    Raises:
        NotFound: There is no such kind, or no draft.
        InvalidFields: The subject is not valid.
        DraftChanged: The draft is not the one that the caller names by its version.
        TooManyPolicies: The caller has the maximum number of policies.
        SessionEnded: The caller's account was deleted.
    """
    subject = _own_subject(caller, kind_name, request, "body")
    draft = draft_store.find_draft(subject)
    if draft is None:
        raise NotFound("There is no draft to publish.")
    if draft.revision != request.version:
        raise DraftChanged("The draft was saved again in the meantime. Read it before you publish.")
    current = version_store.find_current(subject)
    if current is None and version_store.count_subjects(subject.artist_id) >= MAX_SUBJECTS:
        raise TooManyPolicies(f"You can have at most {MAX_SUBJECTS} policies.")
    version = Version(_create_terms(draft, _get_next_number(subject, current), now), draft.text)
    published = PolicyPublished(version.terms)
    event = domain_events.new_event("policies", subject.artist_id, published, now)
    with _unless_deleted(caller):
        version_store.publish(draft, version, event)
    return versions.present(version)


@retry_on_conflict
def withdraw(caller: Caller, kind_name: str, query: PolicySubjectQuery, now: datetime) -> None:
    """Withdraw the caller's policy for one service, or one that has no default in general.

    Raises:
        NotFound: There is no such kind, or nothing is in force.
        InvalidFields: The subject is not valid, or it is a general policy of a kind with a default:
            it can only be replaced, as the default would be in force without it.
    """
    subject = _own_subject(caller, kind_name, query, "query")
    if subject.service_id is None and subject.kind in DEFAULTS:
        message = f"is required: a general {subject.kind} policy can only be replaced"
        raise InvalidFields(FieldError("query.serviceId", message))
    current = version_store.find_current(subject)
    if current is None:
        raise NotFound("There is no policy in force to withdraw.")
    withdrawn = PolicyWithdrawn(
        artist_id=subject.artist_id,
        service_id=subject.service_id,
        kind=subject.kind,
        form=subject.form,
        number=current.number,
        version_id=current.version_id,
        withdrawn_at=now,
    )
    event = domain_events.new_event("policies", subject.artist_id, withdrawn, now)
    version_store.withdraw(subject, current.number, now, event)


def _own_subject(
    caller: Caller,
    kind_name: str,
    request: PolicySubjectQuery | PublishPolicyRequest,
    source: str,
) -> Subject:
    kind = require_kind(kind_name)
    return create_subject(caller.user_id, request.service_id, kind, request.form, source)


def _get_next_number(subject: Subject, current: Terms | None) -> int:
    newest = current.number if current else version_store.find_newest_number(subject)
    return newest + 1 if newest else first_number(subject.kind, subject.service_id)


def _require_title(rules: Rules) -> None:
    """Check that the title of a consent form is one line that people can see.

    Raises:
        InvalidFields: It is not.
    """
    if not isinstance(rules, ConsentRules):
        return
    if text.is_invisible(rules.title) or not {"\t", "\n"}.isdisjoint(rules.title):
        raise InvalidFields(FieldError("body.rules.title", "must be a line of visible characters"))


@contextmanager
def _unless_deleted(caller: Caller) -> Iterator[None]:
    """Distinguish the deletion of the caller's account from other conflicts.

    Raises:
        SessionEnded: The account was deleted.
        WriteConflict: The conflict is another one.
    """
    try:
        yield
    except WriteConflict:
        if tombstones.is_deleted(caller.user_id):
            raise SessionEnded("This account was deleted.") from None
        raise


def _create_terms(draft: Draft, number: int, now: datetime) -> Terms:
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


def _present_draft(draft: Draft) -> PolicyDraft:
    return PolicyDraft(
        kind=draft.subject.kind,
        service_id=draft.subject.service_id,
        form=draft.subject.form,
        text=draft.text,
        rules=draft.rules,
        saved_at=draft.saved_at,
        version=draft.revision,
    )
