"""Acceptances: giving one, seeing one's own, and proving that none was changed."""

import secrets
from datetime import datetime
from itertools import islice

from domain.errors import FieldError, Forbidden, InvalidFields
from domain.ids import new_id
from domain.policy_terms import ConsentRules, Terms
from policies import store
from policies.models import Origin
from policies.rules import hash_chain
from policies.rules.errors import SessionEnded, TextChanged
from policies.rules.hash_chain import Link, Person, Statement
from policies.schemas import (
    Acceptance,
    AcceptanceRequest,
    Acceptances,
    AcceptancesQuery,
    PolicyAccepted,
    Signatory,
    Verification,
)
from policies.use_cases import versions
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events import domain_events
from shared.http import cursors
from shared.http.caller import Caller, Role

MAX_USER_AGENT = 500


def accept(
    caller: Caller, version_id: str, request: AcceptanceRequest, origin: Origin, now: datetime
) -> Acceptance:
    """Put the caller's acceptance of a version at the end of the artist's chain.

    Raises a 404 Problem where there is no such version, a 403 one for the artist's own, a 409 one
    when another text was shown than the version's, a 422 one for a signature that is missing.
    """
    terms = versions.find(version_id).terms
    _check(caller, terms, request)
    person = Person(
        user_id=caller.user_id,
        ip=origin.ip,
        user_agent=_printable(origin.user_agent)[:MAX_USER_AGENT],
        signature=request.signature,
    )
    return retry_on_conflict(lambda: _append(terms, request.appointment_id, person, now))()


def list_own(caller: Caller, query: AcceptancesQuery) -> Acceptances:
    """What the caller gave, or as the artist received, the newest first.

    Raises a 422 Problem for a cursor that is not of this list.
    """
    side = query.side or ("received" if caller.role is Role.ARTIST else "given")
    scope = f"acceptances {side} {caller.user_id}"
    before = cursors.decode(query.cursor, scope) if query.cursor else None
    find = store.find_received if side == "received" else store.find_given
    found, last = find(caller.user_id, before, query.limit)
    return Acceptances(
        items=[_as_answer(link) for link in found],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def verify(caller: Caller) -> Verification:
    """Whether the caller's whole chain, as it is stored, is what was put into it."""
    head = store.find_head(caller.user_id) or hash_chain.START
    links = store.read_chain(caller.user_id)
    proof = hash_chain.prove(caller.user_id, head, islice(links, head.number))
    broken_at = proof.broken_at
    if broken_at is None and next(links, None) is not None:
        # Either somebody accepted just now, which moved the head at once, or nobody did.
        grown = store.find_head(caller.user_id) or hash_chain.START
        broken_at = head.number + 1 if grown.number <= head.number else None
    return Verification(
        valid=broken_at is None,
        count=proof.count,
        head=proof.head if proof.count else None,
        broken_at=broken_at,
    )


def _check(caller: Caller, terms: Terms, request: AcceptanceRequest) -> None:
    if caller.user_id == terms.artist_id:
        raise Forbidden("Nobody accepts their own policies.")
    if request.text_hash != terms.text_hash:
        raise TextChanged("This is not the text of the version; read it again.")
    unsigned = isinstance(terms.rules, ConsentRules) and not terms.rules.requires_signature
    if request.signature is None and not unsigned:
        raise InvalidFields(FieldError("body.signature", "is required"))


def _append(terms: Terms, appointment_id: str | None, person: Person, now: datetime) -> Acceptance:
    head = store.find_head(terms.artist_id) or hash_chain.START
    signatory, salt = hash_chain.canonical(person), secrets.token_hex(32)
    statement = Statement(
        acceptance_id=new_id("acc"),
        artist_id=terms.artist_id,
        number=head.number + 1,
        previous=head.hash,
        version_id=terms.version_id,
        text_hash=terms.text_hash,
        appointment_id=appointment_id,
        accepted_at=now,
        commitment=hash_chain.commitment(signatory, salt),
    )
    link = hash_chain.link(statement, signatory, salt)
    told = domain_events.new_event(
        "policies", terms.artist_id, _accepted(statement, link, person), now
    )
    try:
        store.append(statement, link, person.user_id, head, told)
    except WriteConflict:
        if store.is_deleted(person.user_id):
            raise SessionEnded("The account was deleted.") from None
        raise
    return _as_answer(link)


def _accepted(statement: Statement, link: Link, person: Person) -> PolicyAccepted:
    return PolicyAccepted(
        acceptance_id=statement.acceptance_id,
        artist_id=statement.artist_id,
        user_id=person.user_id,
        version_id=statement.version_id,
        text_hash=statement.text_hash,
        appointment_id=statement.appointment_id,
        accepted_at=statement.accepted_at,
        number=link.number,
        hash=link.hash,
    )


def _as_answer(link: Link) -> Acceptance:
    statement, person = hash_chain.statement_of(link), hash_chain.person_of(link)
    signatory = None
    if person is not None:
        signatory = Signatory(person.user_id, person.ip, person.user_agent, person.signature)
    return Acceptance(
        id=statement.acceptance_id,
        artist_id=statement.artist_id,
        number=link.number,
        version_id=statement.version_id,
        text_hash=statement.text_hash,
        appointment_id=statement.appointment_id,
        accepted_at=statement.accepted_at,
        hash=link.hash,
        signatory=signatory,
    )


def _printable(header: str) -> str:
    """The header as text that can be kept: what is no character in UTF-8 becomes `?`."""
    return header.encode("utf-8", "replace").decode()
