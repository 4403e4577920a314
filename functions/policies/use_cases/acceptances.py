"""Acceptances: creating them, listing them, and verifying an artist's chain."""

import secrets
from datetime import datetime
from itertools import islice

import msgspec

from domain.errors import FieldError, Forbidden, InvalidFields, SessionEnded
from domain.ids import new_id
from domain.policy_terms import ConsentRules, Terms
from policies.events import PolicyAccepted
from policies.models import RequestOrigin, Version
from policies.rules import acceptability, hash_chain
from policies.rules.errors import TextChanged
from policies.rules.hash_chain import Link, Signatory, Statement, StoredLink
from policies.schemas import (
    AcceptanceVerification,
    AcceptPolicyRequest,
    PolicyAcceptance,
    PolicyAcceptanceList,
    PolicyAcceptancesQuery,
    UnreadableAcceptance,
)
from policies.store import acceptances as store
from policies.store import appointments
from policies.use_cases import versions
from shared.data import tombstones
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events import domain_events
from shared.http import cursors
from shared.http.caller import Caller, Role
from shared.http.operations import TypedResponse

MAX_USER_AGENT = 500


def accept(
    caller: Caller,
    version_id: str,
    request: AcceptPolicyRequest,
    origin: RequestOrigin,
    now: datetime,
) -> TypedResponse[PolicyAcceptance]:
    """Append the caller's acceptance of a version to the artist's chain, once.

    Each user accepts a version once for each appointment, and once for none. A repetition answers
    what was accepted first.

    Raises:
        NotFound: There is no such version.
        Forbidden: The caller is the artist.
        TextChanged: The text that was shown is not the version's.
        NotInForce: The version was replaced or withdrawn.
        InvalidFields: The signature is missing or invisible, or the appointment is not one of the
            caller's that the version is for.
        SessionEnded: The caller's account was deleted.
    """
    version = versions.get(version_id)
    _check(caller, version.terms, request)
    signatory = Signatory(
        user_id=caller.user_id,
        ip=origin.ip,
        user_agent=_replace_unencodable(origin.user_agent)[:MAX_USER_AGENT],
        signature=request.signature,
    )
    return _append_once(version, request.appointment_id, signatory, now)


def list_own(caller: Caller, query: PolicyAcceptancesQuery) -> PolicyAcceptanceList:
    """List the acceptances that the caller gave, or received as an artist, newest first.

    Raises:
        InvalidFields: The cursor belongs to another list.
    """
    side = query.side or ("received" if caller.role is Role.ARTIST else "given")
    scope = f"acceptances {side} {caller.user_id}"
    before = cursors.decode(query.cursor, scope) if query.cursor else None
    list_links = store.list_received if side == "received" else store.list_given
    places, last = list_links(caller.user_id, before, query.limit)
    presented = [(place, _find_presentable(place)) for place in places]
    return PolicyAcceptanceList(
        items=[acceptance for _, acceptance in presented if acceptance is not None],
        unreadable=[
            UnreadableAcceptance(place.artist_id, place.number)
            for place, acceptance in presented
            if acceptance is None
        ],
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
def _append_once(
    version: Version, appointment_id: str | None, signatory: Signatory, now: datetime
) -> TypedResponse[PolicyAcceptance]:
    terms = version.terms
    earlier = store.find_acceptance(signatory.user_id, terms.version_id, appointment_id)
    presented = _find_presentable(earlier) if earlier else None
    if presented is not None:
        return TypedResponse(presented, status=200)
    appointment = None
    if appointment_id is not None:
        appointment = appointments.find_appointment(signatory.user_id, appointment_id)
        acceptability.require_appointment(appointment, terms)
    acceptability.require_acceptable(terms, versions.find_end(version), appointment)
    return TypedResponse(_append(terms, appointment_id, signatory, earlier, now))


def _append(
    terms: Terms,
    appointment_id: str | None,
    signatory: Signatory,
    unreadable: StoredLink | None,
    now: datetime,
) -> PolicyAcceptance:
    """Append a link; `unreadable` is the place of the same acceptance if it became unreadable.

    Raises:
        WriteConflict: The chain grew in the meantime, or the user has accepted the version.
        SessionEnded: The user's account was deleted.
    """
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
        store.append(statement, link, signatory.user_id, head, event, unreadable=unreadable)
    except WriteConflict:
        if tombstones.is_deleted(signatory.user_id):
            raise SessionEnded("This account was deleted.") from None
        raise
    return _present(terms.artist_id, link)


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


def _find_presentable(place: StoredLink) -> PolicyAcceptance | None:
    """Return the acceptance at a place of a chain; None if what is stored there is unreadable."""
    if place.link is None:
        return None
    try:
        return _present(place.artist_id, place.link)
    except msgspec.DecodeError:
        return None


def _present(artist_id: str, link: Link) -> PolicyAcceptance:
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
        intact=hash_chain.is_intact(artist_id, link),
    )


def _replace_unencodable(header: str) -> str:
    """Return a header as text that can be stored: what UTF-8 cannot encode becomes `?`."""
    return header.encode("utf-8", "replace").decode()
