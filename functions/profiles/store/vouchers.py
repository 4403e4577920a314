"""Vouchers and what they are issued of, all of an artist's in one partition."""

from typing import Any

from profiles.models.collections import Template, Voucher
from profiles.store import paging
from profiles.store.table import PERSON, RecordItem, alive
from shared.data.dynamodb import transaction

VOUCHERS, VOUCHER, TEMPLATE, CODE = "VOUCHERS#", "VOUCHER#", "TEMPLATE#", "CODE#"
TEMPLATES = "TEMPLATES"


# ---- templates ---------------------------------------------------------------------------------


def find_template(artist_id: str, template_id: str) -> Template | None:
    """A template of an artist's, read consistently."""
    return RecordItem.read(VOUCHERS + artist_id, TEMPLATE + template_id, Template)


def list_templates(
    artist_id: str, after: str | None, limit: int
) -> tuple[list[Template], str | None]:
    """So many templates of an artist, the newest first, and where to go on if there are more."""
    found, last = paging.page(RecordItem, VOUCHERS + artist_id, TEMPLATE, after, limit)
    return [kept.decoded(Template) for kept in found], last


def count_templates(artist_id: str) -> int:
    """How many templates an artist has."""
    return paging.find_number(VOUCHERS + artist_id, TEMPLATES)


def add_template(template: Template, most: int) -> None:
    """Keep a new template. Raises Conflict where there are `most`, or the artist is gone."""
    with transaction(RecordItem) as writes:
        alive(writes, template.artist_id)
        _template_item(template).write(writes, template.version)
        paging.one_more(writes, VOUCHERS + template.artist_id, TEMPLATES, most)


def change_template(template: Template) -> None:
    """Keep a template in its new version. Raises Conflict where it was changed."""
    with transaction(RecordItem) as writes:
        alive(writes, template.artist_id)
        _template_item(template).write(writes, template.version)


# ---- vouchers ----------------------------------------------------------------------------------


def find_voucher(artist_id: str, voucher_id: str) -> Voucher | None:
    """A voucher of an artist's, read consistently."""
    return RecordItem.read(VOUCHERS + artist_id, VOUCHER + voucher_id, Voucher)


def find_by_code(artist_id: str, code: str) -> Voucher | None:
    """The voucher of an artist's that has this code, as codes are kept."""
    voucher_id = RecordItem.read(VOUCHERS + artist_id, CODE + code, str)
    return find_voucher(artist_id, voucher_id) if voucher_id else None


def list_issued(artist_id: str, after: str | None, limit: int) -> tuple[list[Voucher], str | None]:
    """So many vouchers of an artist, the newest first, and where to go on if there are more."""
    found, last = paging.page(RecordItem, VOUCHERS + artist_id, VOUCHER, after, limit)
    return [kept.decoded(Voucher) for kept in found], last


def list_held(holder_id: str, after: Any, limit: int) -> tuple[list[Voucher], Any]:
    """So many vouchers that were issued to somebody, the newest first, and where to go on, or None.

    The list lags behind by a moment.
    """
    found, last = paging.listed(PERSON + holder_id, VOUCHER, after, limit)
    return [kept.decoded(Voucher) for kept in found], last


def add_voucher(voucher: Voucher) -> None:
    """Keep a new voucher. Raises Conflict where its code is taken, or one of the two is gone."""
    code = RecordItem.of(VOUCHERS + voucher.artist_id, CODE + voucher.code, voucher.id)
    with transaction(RecordItem) as writes:
        alive(writes, voucher.artist_id, *([voucher.holder_id] if voucher.holder_id else []))
        writes.save(code, condition=RecordItem.pk.does_not_exist())
        _item(voucher).write(writes, voucher.version)


def change_voucher(voucher: Voucher) -> None:
    """Keep a voucher in its new version. Raises Conflict where it was changed."""
    with transaction(RecordItem) as writes:
        alive(writes, voucher.artist_id)
        _item(voucher).write(writes, voucher.version)


def forget_holder(voucher: Voucher) -> None:
    """Keep a voucher whose holder is gone, without them. Raises Conflict where it was changed."""
    with transaction(RecordItem) as writes:
        _item(voucher).write(writes, voucher.version)


def remove_some(artist_id: str, limit: int) -> bool:
    """Delete so many of an artist's vouchers, codes and templates; whether these were all."""
    found, last = paging.page(RecordItem, VOUCHERS + artist_id, "", None, limit)
    RecordItem.delete_all(found)
    return last is None


# ---- keys and items ----------------------------------------------------------------------------


def _template_item(template: Template) -> RecordItem:
    return RecordItem.of(VOUCHERS + template.artist_id, TEMPLATE + template.id, template)


def _item(voucher: Voucher) -> RecordItem:
    kept = RecordItem.of(VOUCHERS + voucher.artist_id, VOUCHER + voucher.id, voucher)
    if voucher.holder_id is not None:
        kept.listed_in, kept.listed_as = PERSON + voucher.holder_id, VOUCHER + voucher.id
    return kept
