"""Vouchers: copies of those of profiles, with the decisions about their redemption."""

from appointments.models import Voucher
from appointments.store.table import CALENDAR, VOUCHER, RecordItem


def find_voucher(artist_id: str, code_hash: str) -> Voucher | None:
    """Return an artist's voucher by the hash of its code, read consistently."""
    return RecordItem.read(CALENDAR + artist_id, VOUCHER + code_hash, Voucher)
