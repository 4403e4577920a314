"""Names of devices: what people recognize, and nothing of what a device says about itself."""

import pytest

from auth.rules.device_names import describe
from domain.devices import Device

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{version}.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (CHROME.format(version=126), "Chrome on Windows"),
        (CHROME.format(version=126) + " Edg/126.0.2592.87", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
         "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
         "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
         "(KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
         "Chrome on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
         "(KHTML, like Gecko) Version/17.4 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
         "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
         "Samsung Internet on Android"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/126.0.0.0 Safari/537.36", "Chrome on ChromeOS"),
        ("Dalvik/2.1.0 (Linux; U; Android 14)", "Unknown app on Android"),
        ("curl/8.5.0", "Unknown app"),
        ("", "Unknown app"),
        ("Win a prize at evil.example <b>now</b>", "Unknown app"),
    ],
)  # fmt: skip
def test_a_device_is_named_by_its_browser_and_system(user_agent: str, name: str) -> None:
    assert describe(user_agent) == name


def test_a_browser_that_was_updated_is_the_same_device() -> None:
    devices = [Device("203.0.113.9", CHROME.format(version=version)) for version in (126, 127)]
    assert devices[0].fingerprint == devices[1].fingerprint
