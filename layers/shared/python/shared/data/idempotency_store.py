"""The keys of `shared.http.idempotency` in DynamoDB: claimed by one call, kept with its answer."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from shared.data.dynamodb import is_condition_failure, table_meta


class IdempotencyRecord(Model):
    """A claimed key and, once the work is done, its answer."""

    Meta = table_meta("idempotency")
    id = UnicodeAttribute(hash_key=True)
    body_hash = UnicodeAttribute()
    answer = UnicodeAttribute(null=True)
    claimed_until = NumberAttribute()
    expires_at = NumberAttribute()


def claim(record: IdempotencyRecord, instant: float) -> bool:
    """Claim the key atomically.

    Returns False while another call holds it, or used it within its lifetime.
    """
    unused = IdempotencyRecord.id.does_not_exist() | (IdempotencyRecord.expires_at <= instant)
    abandoned = IdempotencyRecord.answer.does_not_exist() & (
        IdempotencyRecord.claimed_until <= instant
    )
    try:
        record.save(condition=unused | abandoned)
    except PutError as error:
        if is_condition_failure(error):
            return False
        raise
    return True


def find(record: IdempotencyRecord) -> IdempotencyRecord | None:
    """The claim of the call that came first, read consistently; None when it was given free."""
    try:
        return IdempotencyRecord.get(record.id, consistent_read=True)
    except IdempotencyRecord.DoesNotExist:
        return None


def release(record: IdempotencyRecord) -> None:
    """Let the key be used again: the work failed."""
    record.delete()


def save_response(record: IdempotencyRecord, answer: str) -> None:
    """Keep the answer with the key."""
    record.update(actions=[IdempotencyRecord.answer.set(answer)])
