"""Vouchers and their templates, in one partition per artist."""

from collections.abc import Iterable
from typing import Any

from profiles.models.vouchers import Voucher, VoucherTemplate
from profiles.store import counters, paging
from profiles.store.table import PERSON, OutboxItem, RecordItem
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

VOUCHERS, VOUCHER, TEMPLATE, CODE = "VOUCHERS#", "VOUCHER#", "TEMPLATE#", "CODE#"
TEMPLATES = "TEMPLATES"


# ---- templates ---------------------------------------------------------------------------------


def find_template(artist_id: str, template_id: str) -> VoucherTemplate | None:
    """Return an artist's template, read consistently."""
    return RecordItem.read(VOUCHERS + artist_id, TEMPLATE + template_id, VoucherTemplate)


def list_templates(
    artist_id: str, after: str | None, limit: int
) -> tuple[list[VoucherTemplate], str | None]:
    """Return a page of an artist's templates, newest first, and where the next page starts."""
    items, last = paging.list_items(RecordItem, VOUCHERS + artist_id, TEMPLATE, after, limit)
    return [item.decoded(VoucherTemplate) for item in items], last


def count_templates(artist_id: str) -> int:
    """Return the number of an artist's templates."""
    return counters.get_count(VOUCHERS + artist_id, TEMPLATES)


def create_template(template: VoucherTemplate, maximum: int) -> None:
    """Store a new template.

    Raises:
        WriteConflict: The artist has `maximum` templates, or their account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, template.artist_id)
        _build_template_item(template).write(writes, template.version)
        counters.increment(writes, VOUCHERS + template.artist_id, TEMPLATES, maximum)


def update_template(template: VoucherTemplate) -> None:
    """Store a new version of a template.

    Raises:
        WriteConflict: The template was changed, or the account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, template.artist_id)
        _build_template_item(template).write(writes, template.version)


# ---- vouchers ----------------------------------------------------------------------------------


def find_voucher(artist_id: str, voucher_id: str) -> Voucher | None:
    """Return an artist's voucher, read consistently."""
    return RecordItem.read(VOUCHERS + artist_id, VOUCHER + voucher_id, Voucher)


def find_voucher_by_code(artist_id: str, code: str) -> Voucher | None:
    """Return an artist's voucher with this stored code."""
    voucher_id = RecordItem.read(VOUCHERS + artist_id, CODE + code, str)
    return find_voucher(artist_id, voucher_id) if voucher_id else None


def list_issued_vouchers(
    artist_id: str, after: str | None, limit: int
) -> tuple[list[Voucher], str | None]:
    """Return a page of an artist's vouchers, newest first, and where the next page starts."""
    items, last = paging.list_items(RecordItem, VOUCHERS + artist_id, VOUCHER, after, limit)
    return [item.decoded(Voucher) for item in items], last


def list_held_vouchers(client_id: str, after: Any, limit: int) -> tuple[list[Voucher], Any]:
    """Return a page of a client's vouchers, newest first, and where the next page starts.

    The list is eventually consistent.
    """
    items, last = paging.list_by_index(PERSON + client_id, VOUCHER, after, limit)
    return [item.decoded(Voucher) for item in items], last


def create_voucher(voucher: Voucher, events: Iterable[DomainEvent]) -> None:
    """Store a new voucher, and publish events.

    Raises:
        WriteConflict: The code is taken, or the artist's or client's account was deleted.
    """
    code = RecordItem.of(VOUCHERS + voucher.artist_id, CODE + voucher.code, voucher.id)
    client = [voucher.client_id] if voucher.client_id else []
    with transaction(RecordItem) as writes:
        require_accounts(writes, voucher.artist_id, *client)
        writes.save(code, condition=RecordItem.pk.does_not_exist())
        _build_item(voucher).write(writes, voucher.version)
        add(writes, OutboxItem, events)


def update_voucher(voucher: Voucher, events: Iterable[DomainEvent]) -> None:
    """Store a new version of a voucher, and publish events.

    Raises:
        WriteConflict: The voucher was changed, or the artist's account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, voucher.artist_id)
        _build_item(voucher).write(writes, voucher.version)
        add(writes, OutboxItem, events)


def save_followed_voucher(voucher: Voucher, events: Iterable[DomainEvent] = ()) -> None:
    """Store a version of a voucher that follows from an event, and publish events.

    Raises:
        WriteConflict: The voucher was changed, or deleted with its artist's account.
    """
    with transaction(RecordItem) as writes:
        _build_item(voucher).write(writes, voucher.version)
        add(writes, OutboxItem, events)


def publish_again(voucher: Voucher, event: DomainEvent) -> None:
    """Publish an event about a voucher that has not changed since it was read.

    Raises:
        WriteConflict: The voucher was changed or deleted.
    """
    with transaction(RecordItem) as writes:
        writes.condition_check(
            RecordItem,
            VOUCHERS + voucher.artist_id,
            VOUCHER + voucher.id,
            condition=RecordItem.unchanged_since(voucher.version),
        )
        add(writes, OutboxItem, [event])


def delete_vouchers(artist_id: str, limit: int) -> bool:
    """Delete up to `limit` items of a deleted artist; return whether none are left.

    Vouchers, codes and templates are all deleted.
    """
    items, last = paging.list_items(RecordItem, VOUCHERS + artist_id, "", None, limit)
    RecordItem.delete_all(items)
    return last is None


# ---- items -------------------------------------------------------------------------------------


def _build_template_item(template: VoucherTemplate) -> RecordItem:
    return RecordItem.of(VOUCHERS + template.artist_id, TEMPLATE + template.id, template)


def _build_item(voucher: Voucher) -> RecordItem:
    item = RecordItem.of(VOUCHERS + voucher.artist_id, VOUCHER + voucher.id, voucher)
    if voucher.client_id is not None:
        item.listed_in, item.listed_as = PERSON + voucher.client_id, VOUCHER + voucher.id
    return item
