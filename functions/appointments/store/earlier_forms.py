"""Records in the forms that earlier versions stored."""

from typing import Any

import msgspec

from appointments.models import Service


def decode_service(record: str) -> Service:
    """Return a stored service.

    Until version 0.2, its deposit was `{fixed, percent, byPolicy, refundableUntilHours}`, of which
    one said something.
    """
    # A text in the record has no quotation marks without a backslash: this can only be a name.
    if '"byPolicy"' not in record:
        return msgspec.json.decode(record, type=Service)
    fields = msgspec.json.decode(record)
    earlier = fields["deposit"]
    fields["deposit"] = _to_amount(earlier)
    fields["depositRefundableUntilHours"] = earlier["refundableUntilHours"]
    return msgspec.convert(fields, Service)


def _to_amount(earlier: dict[str, Any]) -> dict[str, Any]:
    if earlier["fixed"] is not None:
        return {"type": "fixed", "amount": earlier["fixed"]}
    if earlier["percent"] is not None:
        return {"type": "percent", "percent": earlier["percent"]}
    return {"type": "by_policy"}
