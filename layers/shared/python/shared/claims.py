"""The keys of `shared.idempotency` in DynamoDB: claimed by one call, kept with its answer."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from shared.tables import is_refused, table_meta


class Claim(Model):
    """A claimed key and, once the work is done, its answer."""

    Meta = table_meta("idempotency")
    id = UnicodeAttribute(hash_key=True)
    body_hash = UnicodeAttribute()
    answer = UnicodeAttribute(null=True)
    claimed_until = NumberAttribute()
    expires_at = NumberAttribute()


def take(claim: Claim, instant: float) -> bool:
    """Claim the key, atomically; False while another call has it, or had it within its lifetime."""
    unused = Claim.id.does_not_exist() | (Claim.expires_at <= instant)
    abandoned = Claim.answer.does_not_exist() & (Claim.claimed_until <= instant)
    try:
        claim.save(condition=unused | abandoned)
    except PutError as error:
        if is_refused(error):
            return False
        raise
    return True


def earlier(claim: Claim) -> Claim | None:
    """The claim of the call that came first, read consistently; None when it was given free."""
    try:
        return Claim.get(claim.id, consistent_read=True)
    except Claim.DoesNotExist:
        return None


def free(claim: Claim) -> None:
    """Let the key be used again: the work failed."""
    claim.delete()


def keep(claim: Claim, answer: str) -> None:
    """Keep the answer with the key."""
    claim.update(actions=[Claim.answer.set(answer)])
