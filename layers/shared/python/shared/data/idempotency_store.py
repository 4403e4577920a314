"""Idempotency keys in DynamoDB: claimed by one request, stored with its sealed response."""

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from shared.data.dynamodb import Table, is_condition_failure, table_meta


class IdempotencyRecord(Table):
    """A claimed key and, once the request is done, its response.

    Attributes:
        request_hash: Compares requests. It is keyed, so it does not reveal a guessed one.
        sealed_response: The response, which only the repeated request can unseal.
        answer: The response of a record from before responses were sealed.
        claim_id: Identifies the request that claimed the key.
        claimed_until: Epoch seconds after which a claim without a response counts as abandoned.
        expires_at: Epoch seconds after which the key may be used again.
    """

    Meta = table_meta("idempotency")
    id = UnicodeAttribute(hash_key=True)
    request_hash = UnicodeAttribute()
    sealed_response = BinaryAttribute(null=True, legacy_encoding=False)
    answer = UnicodeAttribute(null=True)
    claim_id = UnicodeAttribute()
    claimed_until = NumberAttribute()
    expires_at = NumberAttribute()


def claim(record: IdempotencyRecord, instant: float) -> bool:
    """Claim the key atomically; return False if another request has claimed or used it.

    The SDK repeats a claim whose answer it lost, which must not take its own claim for another's.
    One that arrives after the response was stored leaves it alone.
    """
    unused = IdempotencyRecord.id.does_not_exist() | (IdempotencyRecord.expires_at <= instant)
    unanswered = (
        IdempotencyRecord.sealed_response.does_not_exist()
        & IdempotencyRecord.answer.does_not_exist()
    )
    abandoned = IdempotencyRecord.claimed_until <= instant
    own = IdempotencyRecord.claim_id == record.claim_id
    try:
        record.save(condition=unused | (unanswered & (abandoned | own)))
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
    """Release the key of a failed request, so that it can be used again."""
    record.delete()


def save_response(record: IdempotencyRecord, sealed_response: bytes) -> None:
    """Store the response with its key."""
    record.update(actions=[IdempotencyRecord.sealed_response.set(sealed_response)])
