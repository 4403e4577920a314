"""Idempotency keys in DynamoDB: claimed by one request, stored with its sealed response."""

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition

from shared.data.dynamodb import Table, is_condition_failure, table_meta


class IdempotencyRecord(Table):
    """A claimed key and, once the request is done, its response.

    Attributes:
        request_hash: Compares requests. It is keyed, so it does not reveal a guessed one.
        sealed_response: The response, which only the repeated request can unseal.
        answer: The response of a record from before responses were sealed.
        claim_id: Identifies the request that claimed the key.
        claimed_until: Epoch seconds after which a claim without a response counts as abandoned.
        seed: Secret that the ids of what the request makes are derived from. It stays when another
            request takes the claim over, so that it makes the same.
        started_at: Epoch seconds of the first claim, which the ids are derived from as well.
        expires_at: Epoch seconds after which the key may be used again.
    """

    Meta = table_meta("idempotency")
    id = UnicodeAttribute(hash_key=True)
    request_hash = UnicodeAttribute()
    sealed_response = BinaryAttribute(null=True, legacy_encoding=False)
    answer = UnicodeAttribute(null=True)
    claim_id = UnicodeAttribute()
    claimed_until = NumberAttribute()
    seed = BinaryAttribute(null=True, legacy_encoding=False)
    started_at = NumberAttribute(null=True)
    expires_at = NumberAttribute()


def claim(record: IdempotencyRecord, instant: float) -> bool:
    """Claim an unused key atomically; return False if another request has claimed or used it.

    The SDK repeats a claim whose answer it lost, which must not take its own claim for another's.
    One that arrives after the response was stored leaves it alone.
    """
    unused = IdempotencyRecord.id.does_not_exist() | (IdempotencyRecord.expires_at <= instant)
    own = IdempotencyRecord.claim_id == record.claim_id
    try:
        record.save(condition=unused | (own & _is_unanswered()))
    except PutError as error:
        if is_condition_failure(error):
            return False
        raise
    return True


def take_over(record: IdempotencyRecord, abandoned: IdempotencyRecord) -> bool:
    """Take an abandoned claim over, with its seed; return False if another request was faster."""
    own = IdempotencyRecord.claim_id == record.claim_id
    unchanged = IdempotencyRecord.claim_id == abandoned.claim_id
    if abandoned.seed is not None:  # it has none in a record of the version before
        record.seed, record.started_at = abandoned.seed, abandoned.started_at
    try:
        record.save(condition=_is_unanswered() & (unchanged | own))
    except PutError as error:
        if is_condition_failure(error):
            return False
        raise
    return True


def find(record: IdempotencyRecord) -> IdempotencyRecord | None:
    """Return the claim of the first request, read consistently; None if it was released."""
    try:
        return IdempotencyRecord.get(record.id, consistent_read=True)
    except IdempotencyRecord.DoesNotExist:
        return None


def release(record: IdempotencyRecord) -> None:
    """Release the key of a refused request, so that it can be used for another one."""
    record.delete()


def abandon(record: IdempotencyRecord) -> None:
    """Give up the claim of a request whose effect is unknown: only its repetition may follow."""
    record.update(
        actions=[IdempotencyRecord.claimed_until.set(0)],
        condition=IdempotencyRecord.claim_id == record.claim_id,
    )


def save_response(record: IdempotencyRecord, sealed_response: bytes) -> None:
    """Store the response with its key."""
    record.update(actions=[IdempotencyRecord.sealed_response.set(sealed_response)])


def _is_unanswered() -> Condition:
    condition: Condition = (
        IdempotencyRecord.sealed_response.does_not_exist()
        & IdempotencyRecord.answer.does_not_exist()
    )
    return condition
