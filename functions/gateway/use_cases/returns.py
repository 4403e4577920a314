"""Returns: what ours wrote goes back to the monolith, and what the monolith changed comes to ours.

Each write is claimed before it is sent, and each record before the monolith is asked to make it. So
no record is made twice: where an answer is lost, nothing is sent again before somebody has looked.
Whoever owns a record afterwards serves it, whatever the switch says (`old_api`).
"""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

from gateway.models import Pair, Side, Write, WriteState
from gateway.rules import differences
from gateway.rules.old_api.translation import (
    BroughtBack,
    Feature,
    NewRequest,
    OldRequest,
    Untranslatable,
)
from gateway.store import writes
from gateway.use_cases import feature_calls, monolith
from gateway.use_cases.feature_calls import FeatureAnswer, Origin
from gateway.use_cases.monolith import ForwardedRequest
from shared.data.conflicts import WriteConflict
from shared.http import idempotency
from shared.http.caller import Role
from shared.platform.logs import logger
from shared.platform.outside_calls import Answer, CallFailed

BATCH = 100  # writes that are brought back by one call, which has a minute
TAKEN = 20  # records that are looked at by one call to take them over: five requests each
# A request may run for half a minute; what is younger may still be running.
SETTLED_AFTER = timedelta(seconds=60)
UNKNOWN = "was sent, but no answer came: look whether the monolith has it, then settle it"
NONE, FORGET = "none", "forget"
# Nobody is signed in when a record is brought back. What is done for its author is what they did.
_SESSION = {"email": "", "sessionId": "ses_returns", "expiresAt": "4102444800"}


def bring_back(feature: Feature, base_url: str, now: datetime) -> Iterator[str]:
    """Send the monolith the records that ours wrote for old clients, as they are now.

    Yields a line for each write that stays on the list, and one with the counts.
    """
    brought = 0
    for write in writes.iterate(feature.name):
        if brought == BATCH:
            break
        problem = _bring_back(feature, write, base_url, now)
        if problem is None:
            writes.delete(write)
            brought += 1
        else:
            yield _describe(write, problem)
    left = writes.count(feature.name)
    logger.warning("writes brought back", feature=feature.name, brought=brought, left=left)
    yield f"{brought} brought back, {left} left."


def settle(feature: str, name: str, monolith_id: str) -> Iterator[str]:
    """Say how the writes of a record ended whose outcome is unknown.

    Args:
        feature: The feature.
        name: Id of the record, or of a write that names none.
        monolith_id: Id of the record in the monolith, NONE, or FORGET.
    """
    settled = 0
    for write in writes.iterate(feature):
        if not name or name not in {write.record_id, write.id}:
            continue
        settled += 1
        if monolith_id == FORGET:
            writes.delete(write)
            continue
        pair = writes.find_pair(feature, write.record_id, is_ours=True)
        if pair is not None and not pair.monolith:
            if monolith_id == NONE:
                writes.release(feature, write.record_id)
            else:
                writes.save_pair(feature, msgspec.structs.replace(pair, monolith=monolith_id))
        writes.save(msgspec.structs.replace(write, state=WriteState.WRITTEN, detail=""))
    logger.warning("writes settled", feature=feature, record=name, as_=monolith_id)
    yield f"{settled} settled."


def link(feature: str, links: list[tuple[str, str, str]]) -> Iterator[str]:
    """Store which ids imported records have. What is known of a record already stays as it is."""
    linked = 0
    for monolith_id, ours, client_id in links:
        if writes.find_pair(feature, ours, is_ours=True) is None:
            writes.save_pair(feature, Pair(ours, monolith_id, None, client_id, Role.CLIENT))
            linked += 1
    yield f"{linked} linked, {len(links) - linked} known."


def take_over(feature: Feature, base_url: str, after: str = "") -> tuple[list[str], str | None]:
    """Bring ours what was changed in the monolith since records were brought back or imported.

    Ours owns those that were brought back afterwards. The monolith is read again then, for what was
    being written.

    Args:
        feature: The feature.
        base_url: URL of the monolith.
        after: Where the call before ended.

    Returns:
        A line for each record that stays the monolith's, and one with the counts; and where the
        next call goes on, None at the end.
    """
    lines: list[str] = []
    taken = left = 0
    last: str | None = None
    pairs = writes.iterate_pairs(feature.name, after)
    for pair in itertools.islice(pairs, TAKEN):
        last = pair.ours
        is_done = pair.owner is Side.OURS and not pair.read
        if is_done or not pair.user_id:
            continue
        problem = _take(feature, pair, base_url)
        taken += problem is None
        if problem is not None:
            left += 1
            lines.append(f"{pair.monolith}  {pair.ours}  {problem}")
    is_over = next(pairs, None) is None
    logger.warning("records taken over", feature=feature.name, taken=taken, left=left)
    if taken or left or is_over:
        lines.append(f"{taken} taken over, {left} left.")
    return lines, None if is_over else last


def _bring_back(feature: Feature, write: Write, base_url: str, now: datetime) -> str | None:
    """Bring one write back. Return why that is not done, if it is not."""
    if (problem := _find_problem(write, now)) is not None:
        return problem
    made = _read_ours(feature, write.record_id, _author(write.user_id, write.role))
    if made.status == 404:
        return None  # it is gone, with its account
    if not made.is_success:
        return f"ours answers {made.status}"
    try:
        return _send_back(feature, write, made.body, base_url)
    except WriteConflict:
        return "somebody else brings it back"


def _find_problem(write: Write, now: datetime) -> str | None:
    """Return why a write cannot be brought back yet."""
    if write.state is WriteState.ON_THE_WAY:
        return UNKNOWN
    if write.state is WriteState.BEGUN and now - write.at < SETTLED_AFTER:
        return "is running"
    if not write.record_id:
        return "its outcome is unknown: look at the user's records, then settle it"
    return None


def _describe(write: Write, problem: str) -> str:
    name = write.record_id or write.id
    return f"{write.at:%Y-%m-%dT%H:%M:%SZ}  {write.route}  {name}  {write.user_id}  {problem}"


def _send_back(feature: Feature, write: Write, record: Any, base_url: str) -> str | None:
    """Send a record to the monolith. Return why the monolith lacks it, if it does.

    Raises:
        WriteConflict: Somebody else brings the write back.
    """
    assert feature.to_record is not None
    assert feature.bring_back is not None
    pair = writes.find_pair(feature.name, write.record_id, is_ours=True)
    old_form = feature.to_record(record)
    digest = sha256(msgspec.json.encode(old_form, order="sorted")).hexdigest()
    if pair is not None and pair.owner is Side.MONOLITH and pair.digest == digest:
        return None  # a repetition of what was brought back; the monolith may have changed it since
    new_pair = Pair(write.record_id, "", Side.OURS, write.user_id, write.role)
    claimed = writes.move(write, WriteState.ON_THE_WAY)
    if pair is None and not writes.reserve(feature.name, new_pair):
        pair = new_pair
    if pair is not None and not pair.monolith:
        writes.move(claimed, WriteState.WRITTEN)
        return "waits for an earlier write of the same record"
    request = feature.bring_back(old_form, pair.monolith if pair else None)
    try:
        answer = _ask_monolith(request, base_url, _author(write.user_id, write.role), write.id)
    except CallFailed as error:
        if error.was_sent:
            return UNKNOWN
        _give_up(feature, claimed, WriteState.WRITTEN, is_new=pair is None)
        return "the monolith cannot be reached"
    if not 200 <= answer.status < 300:
        _give_up(feature, claimed, WriteState.REFUSED, is_new=pair is None)
        return f"the monolith answers {answer.status}"
    monolith_id = pair.monolith if pair else str(msgspec.json.decode(answer.body)["id"])
    known = msgspec.structs.replace(
        pair or new_pair, monolith=monolith_id, owner=Side.MONOLITH, digest=digest
    )
    writes.save_pair(feature.name, known)
    return None


def _give_up(feature: Feature, claimed: Write, state: WriteState, *, is_new: bool) -> None:
    if is_new:
        writes.release(feature.name, claimed.record_id)
    writes.move(claimed, state)


def _take(feature: Feature, pair: Pair, base_url: str) -> str | None:
    """Take one record over. Return why that is not done, if it is not.

    A call that ends between the two readings leaves the second one to the next call.
    """
    problem = None
    try:
        if not pair.read:
            read = _follow(feature, pair, base_url)
            if pair.owner is not Side.MONOLITH:
                return None  # imported: the switch decides who owns it
            pair = msgspec.structs.replace(pair, owner=Side.OURS, read=read)
            writes.save_pair(feature.name, pair)
        _follow(feature, pair, base_url)
    except _NotTaken as error:
        problem = str(error)
    owner = Side.OURS if problem is None else Side.MONOLITH
    writes.save_pair(feature.name, msgspec.structs.replace(pair, owner=owner, read=""))
    return problem


class _NotTaken(Exception):
    """A record cannot be taken over."""


def _follow(feature: Feature, pair: Pair, base_url: str) -> str:
    """Change a record of ours as the monolith's was changed since it was read last.

    Returns:
        SHA-256 of the monolith's record.

    Raises:
        _NotTaken: It cannot be changed so.
    """
    assert feature.to_record is not None
    author = _author(pair.user_id, pair.role)
    path = f"/{feature.name}/{pair.monolith}"
    try:
        answer = _ask_monolith(BroughtBack("GET", path, {}), base_url, author)
    except CallFailed:
        raise _NotTaken("the monolith cannot be reached") from None
    read = sha256(answer.body).hexdigest()
    if pair.read == read:
        return read
    made = _read_ours(feature, pair.ours, author)
    if answer.status != 200 or not made.is_success:
        raise _NotTaken(f"the monolith answers {answer.status}, ours {made.status}")
    theirs, ours = msgspec.json.decode(answer.body), feature.to_record(made.body)
    change = feature.find(f"PATCH /{feature.name}/{{id}}")
    for field in feature.followed:
        if not differences.compare(theirs.get(field), ours.get(field), differences.Terms()):
            continue
        wanted = OldRequest({"id": pair.ours}, {}, {field: theirs.get(field)})
        try:
            changed = feature_calls.call(feature.name, change.to_new(wanted), author)
        except Untranslatable:
            raise _NotTaken(f"{field} cannot be taken over") from None
        if not changed.is_success:
            code = (changed.body or {}).get("code", "")
            raise _NotTaken(f"ours refuses {field}: {changed.status} {code}")
    return read


def _read_ours(feature: Feature, record_id: str, author: Origin) -> FeatureAnswer:
    read = NewRequest("GET", feature.resource, {"id": record_id})
    return feature_calls.call(feature.name, read, author)


def _ask_monolith(
    request: BroughtBack, base_url: str, author: Origin, key: str | None = None
) -> Answer:
    headers = {"content-type": "application/json"} | ({idempotency.HEADER: key} if key else {})
    body = msgspec.json.encode(request.body) if request.body else b""
    forwarded = ForwardedRequest(request.method, request.path, {}, headers, body)
    return monolith.send(forwarded, base_url, author.claims)


def _author(user_id: str, role: str) -> Origin:
    """Return the author of a write, who need not be signed in any more."""
    return Origin({**_SESSION, "userId": user_id, "role": role})
