"""Envelope senders: the addresses that mails come back to, one for each delivery (VERP).

A mail that comes back names its delivery by the address it comes back to:
`bounces+01jd2z5q0v8xkm3f7t9b4n6rwc.<signature>@bounces.example`. Nobody can make such an address
without the key, so nobody else can have an address suppressed. Letters are lower case, because some
servers change the case of what they send back.
"""

import base64
import hmac
import re

from shared.platform.config import secret

KEY = "bounce-addresses"
DELIVERY_PREFIX = "dlv_"
_SIGNATURE_BYTES = 10
_PATTERN = re.compile(r"\+([0-9a-z]{26})\.([a-z2-7]{16})@")


def build_sender(bounce_address: str, delivery_id: str) -> str:
    """Build the envelope sender of a delivery.

    Args:
        bounce_address: The address that bounces go to, such as `bounces@bounces.example`.
        delivery_id: The delivery.

    Raises:
        KeyError: The signing secret is empty.
    """
    local, _, domain = bounce_address.rpartition("@")
    name = delivery_id.removeprefix(DELIVERY_PREFIX).lower()
    return f"{local}+{name}.{_sign(name)}@{domain}"


def read_delivery_id(address: str) -> str | None:
    """Return the delivery that an envelope sender of ours names; None for any other address."""
    found = _PATTERN.search(address.lower())
    if found is None or not hmac.compare_digest(_sign(found[1]), found[2]):
        return None
    return DELIVERY_PREFIX + found[1].upper()


def _sign(name: str) -> str:
    key = secret(KEY)["KEY"].encode()
    signature = hmac.digest(key, b"bounce\0" + name.encode(), "sha256")[:_SIGNATURE_BYTES]
    return base64.b32encode(signature).decode().lower()
