"""Segments of an SMS: the parts in which it is sent, each of which is paid for.

A text of GSM-7 characters has 160 septets in one segment and 153 in each of several, any other
text 70 and 67 code units of UCS-2 (3GPP TS 23.038 and 23.040, 9.2.3.24.1: the header that joins
segments takes the rest). The national tables of TS 23.038 are not used: providers do not send them
unless they are asked to.
"""

from collections.abc import Iterable

from notifications.models import SmsEncoding, SmsSize

__all__ = ["SmsSize", "measure"]

# TS 23.038, 6.2.1: the default alphabet, in the order of its codes without the escape.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")  # an escape comes before each, so that it counts two
_LIMITS: dict[SmsEncoding, tuple[int, int]] = {"gsm-7": (160, 153), "ucs-2": (70, 67)}


def measure(text: str) -> SmsSize:
    """Return the size of an SMS with this text."""
    encoding: SmsEncoding
    if all(c in _BASIC or c in _EXTENSION for c in text):
        encoding, widths = "gsm-7", [2 if c in _EXTENSION else 1 for c in text]
    else:
        encoding, widths = "ucs-2", [2 if ord(c) > 0xFFFF else 1 for c in text]
    single, joined = _LIMITS[encoding]
    units = sum(widths)
    return SmsSize(encoding, units, 1 if units <= single else _count_parts(widths, joined))


def _count_parts(widths: Iterable[int], capacity: int) -> int:
    """Count parts. What has two units is never divided: it begins the next part."""
    parts, used = 1, 0
    for width in widths:
        if used + width > capacity:
            parts, used = parts + 1, 0
        used += width
    return parts
