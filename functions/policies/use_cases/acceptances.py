"""Acceptances: creating them, listing them, and verifying an artist's chain."""

import secrets
from datetime import datetime
from itertools import islice

from domain.errors import FieldError, Forbidden, InvalidFields
from domain.ids import new_id
from domain.policy_terms import ConsentRules, Terms
from policies.events import PolicyAccepted
from policies.models import RequestOrigin
from policies.rules import hash_chain
from policies.rules.errors import SessionEnded, TextChanged
from policies.rules.hash_chain import Link, Signatory, Statement
from policies.schemas import (
    AcceptanceVerification,
    AcceptPolicyRequest,
    PolicyAcceptance,
    PolicyAcceptanceList,
    PolicyAcceptancesQuery,
)
from policies.store import acceptances as store
from policies.store import accounts
from policies.use_cases import versions
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events import domain_events
from shared.http import cursors
from shared.http.caller import Caller, Role

MAX_USER_AGENT = 500


def accept(
    caller: Caller,
    version_id: str,
    request: AcceptPolicyRequest,
    origin: RequestOrigin,
    now: datetime,
) -> PolicyAcceptance:
    """Append the caller's acceptance of a version to the artist's chain.

    Raises:
        NotFound: There is no such version.
        Forbidden: The caller is the artist.
        TextChanged: The text that was shown is not the version's.
        InvalidFields: The signature is missing.
        SessionEnded: The caller's account was deleted.
    """
    terms = versions.get(version_id).terms
    _check(caller, terms, request)
    signatory = Signatory(
        user_id=caller.user_id,
        ip=origin.ip,
        user_agent=_replace_unencodable(origin.user_agent)[:MAX_USER_AGENT],
        signature=request.signature,
    )
    return _append(terms, request.appointment_id, signatory, now)


def list_own(caller: Caller, query: PolicyAcceptancesQuery) -> PolicyAcceptanceList:
    """List the acceptances that the caller gave, or received as an artist, newest first.

    Raises:
        InvalidFields: The cursor belongs to another list.
    """
    side = query.side or ("received" if caller.role is Role.ARTIST else "given")
    scope = f"acceptances {side} {caller.user_id}"
    before = cursors.decode(query.cursor, scope) if query.cursor else None
    list_links = store.list_received if side == "received" else store.list_given
    links, last = list_links(caller.user_id, before, query.limit)
    return PolicyAcceptanceList(
        items=[_present(link) for link in links],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def verify(caller: Caller) -> AcceptanceVerification:
    """Verify that the caller's chain is stored as it was appended."""
    head = store.find_head(caller.user_id) or hash_chain.EMPTY_HEAD
    links = store.read_chain(caller.user_id)
    result = hash_chain.verify(caller.user_id, head, islice(links, head.number))
    broken_at = result.broken_at
    if broken_at is None and next(links, None) is not None:
        # A link beyond the head: either it was appended just now, which moved the head as well,
        # or it was inserted.
        new_head = store.find_head(caller.user_id) or hash_chain.EMPTY_HEAD
        broken_at = head.number + 1 if new_head.number <= head.number else None
    return AcceptanceVerification(
        valid=broken_at is None,
        count=result.count,
        head=result.head if result.count else None,
        broken_at=broken_at,
    )


def _check(caller: Caller, terms: Terms, request: AcceptPolicyRequest) -> None:
    if caller.user_id == terms.artist_id:
        raise Forbidden("You cannot accept your own policies.")
    if request.text_hash != terms.text_hash:
        raise TextChanged("This is not the hash of the version's text. Read the version again.")
    unsigned = isinstance(terms.rules, ConsentRules) and not terms.rules.requires_signature
    if request.signature is None and not unsigned:
        raise InvalidFields(FieldError("body.signature", "is required"))


@retry_on_conflict
def _append(
    terms: Terms, appointment_id: str | None, signatory: Signatory, now: datetime
) -> PolicyAcceptance:
    head = store.find_head(terms.artist_id) or hash_chain.EMPTY_HEAD
    signatory_json, salt = hash_chain.encode_canonical(signatory), secrets.token_hex(32)
    statement = Statement(
        acceptance_id=new_id("acc"),
        artist_id=terms.artist_id,
        number=head.number + 1,
        previous=head.hash,
        version_id=terms.version_id,
        text_hash=terms.text_hash,
        appointment_id=appointment_id,
        accepted_at=now,
        commitment=hash_chain.compute_commitment(signatory_json, salt),
    )
    link = hash_chain.create_link(statement, signatory_json, salt)
    accepted = _create_event_data(statement, link, signatory)
    event = domain_events.new_event("policies", terms.artist_id, accepted, now)
    try:
        store.append(statement, link, signatory.user_id, head, event)
    except WriteConflict:
        if accounts.is_deleted(signatory.user_id):
            raise SessionEnded("This account was deleted.") from None
        raise
    return _present(link)


def _create_event_data(statement: Statement, link: Link, signatory: Signatory) -> PolicyAccepted:
    return PolicyAccepted(
        acceptance_id=statement.acceptance_id,
        artist_id=statement.artist_id,
        user_id=signatory.user_id,
        version_id=statement.version_id,
        text_hash=statement.text_hash,
        appointment_id=statement.appointment_id,
        accepted_at=statement.accepted_at,
        number=link.number,
        hash=link.hash,
    )


def _present(link: Link) -> PolicyAcceptance:
    statement = hash_chain.decode_statement(link)
    return PolicyAcceptance(
        id=statement.acceptance_id,
        artist_id=statement.artist_id,
        number=link.number,
        version_id=statement.version_id,
        text_hash=statement.text_hash,
        appointment_id=statement.appointment_id,
        accepted_at=statement.accepted_at,
        hash=link.hash,
        signatory=hash_chain.decode_signatory(link),
    )


def _replace_unencodable(header: str) -> str:
    """Return a header as text that can be stored: what UTF-8 cannot encode becomes `?`."""
    return header.encode("utf-8", "replace").decode()
