"""An address has one spelling, and some addresses no mail server takes."""

import pytest

from auth.rules import emails


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        (" Mara@Example.COM ", "mara@example.com"),
        ("mara@ex\uff41mple\u3002com", "mara@example.com"),
        ("\uff4dara\uff20example.com", "mara@example.com"),
        ("mara@M\u00dcNCHEN.de", "mara@xn--mnchen-3ya.de"),
        ("mara@XN--MNCHEN-3YA.de", "mara@xn--mnchen-3ya.de"),
        ("mara@fa\u00df.de", "mara@xn--fa-hia.de"),  # not fass.de: IDNA 2008
        ("m.a.r.a+news@example.com", "m.a.r.a+news@example.com"),
        ("mara@-\u00fc.com", "mara@-\u00fc.com"),
        ("no address", "no address"),
    ],
)
def test_an_address_is_normalized(typed: str, normal: str) -> None:
    assert emails.normalize(typed) == normal
    assert emails.normalize(normal) == normal


def test_earlier_spellings_are_looked_up_too() -> None:
    assert emails.list_spellings("Mara@Example.com") == ["mara@example.com"]
    assert emails.list_spellings("Mara@xn--mnchen-3ya.de") == [
        "mara@xn--mnchen-3ya.de",
        "mara@m\u00fcnchen.de",
    ]
    assert emails.list_spellings("mara@ex\uff41mple.com") == [
        "mara@example.com",
        "mara@ex\uff41mple.com",
    ]


@pytest.mark.parametrize(
    "email",
    [
        "mara",
        "mara@example",
        "a..b@example.com",
        ".a@example.com",
        "mara@-\u00fc.com",
        "mara@192.0.2.1",
        "mara@[192.0.2.1]",
        '"a b"@example.com',
        "mara@studio.local",
        "mara@studio.test",
        "mara@studio.invalid",
        "mara@" + "x" * 64 + ".com",
        "m" * 65 + "@example.com",
    ],
)
def test_addresses_that_no_mail_server_takes_are_refused(email: str) -> None:
    assert emails.find_error(email)


@pytest.mark.parametrize(
    "email",
    [
        "mara@example.com",
        "mara+news@studio.example",
        "o'neil@xn--mnchen-3ya.de",
        "m@example.museum",
    ],
)
def test_others_are_taken(email: str) -> None:
    assert emails.find_error(email) is None
