"""Segments of SMS, as 3GPP TS 23.038 and 23.040 count them."""

import pytest

from notifications.rules.sms_segments import SmsSize, measure


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "gsm-7", 0, 1),
        ("a" * 160, "gsm-7", 160, 1),
        ("a" * 161, "gsm-7", 161, 2),
        ("a" * 306, "gsm-7", 306, 2),
        ("a" * 307, "gsm-7", 307, 3),
        ("Grüße, ¿qué? à Ångström\n@£$¥ ÄÖÑÜ", "gsm-7", 33, 1),
        ("€" * 80, "gsm-7", 160, 1),
        ("€" * 81, "gsm-7", 162, 2),
        ("[a] {b} ~ ^ | \\", "gsm-7", 23, 1),
        # An escape is never the last septet of a segment: the euro begins the next one.
        ("a" * 152 + "€" + "a" * 151, "gsm-7", 305, 2),
        ("a" * 152 + "€" + "a" * 152, "gsm-7", 306, 3),
        ("ç", "ucs-2", 1, 1),  # GSM-7 has only the capital letter
        ("“a”", "ucs-2", 3, 1),
        ("ж" * 70, "ucs-2", 70, 1),
        ("ж" * 71, "ucs-2", 71, 2),
        ("\N{GRINNING FACE}" * 35, "ucs-2", 70, 1),
        ("\N{GRINNING FACE}" * 36, "ucs-2", 72, 2),
        # Neither is a pair of code units divided.
        ("ж" * 66 + "\N{GRINNING FACE}" + "ж" * 65, "ucs-2", 133, 2),
        ("ж" * 66 + "\N{GRINNING FACE}" + "ж" * 66, "ucs-2", 134, 3),
    ],
)
def test_segments(text: str, encoding: str, units: int, segments: int) -> None:
    size = measure(text)
    assert (size.encoding, size.units, size.segments) == (encoding, units, segments)
    assert isinstance(size, SmsSize)
