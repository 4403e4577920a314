"""Base64url without padding."""

import pytest

from shared.platform import base64url


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"", ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"\xfb\xff", "-_8")],
)
def test_bytes_have_one_spelling(raw: bytes, text: str) -> None:
    """The first four are of RFC 4648, section 10."""
    assert base64url.encode(raw) == text
    assert base64url.decode(text) == raw


@pytest.mark.parametrize("text", ["Zh", "Zm9", "Zg==", "Zm 8", "+/8", "Zm8\n", "Z", "é"], ids=repr)
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # its text does not matter
        base64url.decode(text)
