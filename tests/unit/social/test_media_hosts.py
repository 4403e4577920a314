"""Content of media is fetched from the provider's hosts only."""

import pytest

from social.providers.media import is_host_of

HOSTS = ["cdninstagram.com", "fbcdn.net"]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://scontent-fra3-1.cdninstagram.com/v/t51/1.jpg?oh=1", True),
        ("https://CDNINSTAGRAM.com/1.jpg", True),
        ("https://video.xx.fbcdn.net/1.mp4", True),
        ("https://evilcdninstagram.com/1.jpg", False),
        ("https://cdninstagram.com.evil.example/1.jpg", False),
        ("https://evil.example/cdninstagram.com", False),
        ("https://cdninstagram.com@evil.example/1.jpg", False),
        ("https://169.254.169.254/latest", False),
        ("https://[bad", False),
        ("", False),
    ],
)
def test_a_url_is_at_an_allowed_host_or_below_one(url: str, allowed: bool) -> None:
    assert is_host_of(url, HOSTS) is allowed
