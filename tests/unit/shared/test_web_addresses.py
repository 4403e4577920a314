"""Addresses with credentials in them."""

import pytest

from domain import web_addresses


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://a:b@c.example",
            "https://a@c.example/x",
            "HTTPS://a%40c.example",
            "//a@c.example",
        ),
        *(
            "https:a@c.example",
            "https:\\\\a@c.example",
            "ht\ntps://a@c.example",
            " webcal://a:b@c.de",
        ),
        "https://@c.example",
    ],
)
def test_credentials_are_found(url: str) -> None:
    assert web_addresses.find_fault(url) == web_addresses.WITH_CREDENTIALS


@pytest.mark.parametrize(
    "url", ["https://www.tiktok.com/@mara", "https://c.example?to=a@b.de", "/a@b", "https://c.de#@"]
)
def test_an_at_sign_elsewhere_is_none(url: str) -> None:
    assert web_addresses.find_fault(url) is None
