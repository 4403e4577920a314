"""Addresses of mail: which can be sent to, and how."""

import pytest

from notifications.rules.email_addresses import Mailbox, normalize, parse


@pytest.mark.parametrize(
    ("address", "sent_to", "needs_utf8"),
    [
        ("ada@example.com", "ada@example.com", False),
        ("a.b+c@mail.example.com", "a.b+c@mail.example.com", False),
        ("ada@b\xfccher.example", "ada@xn--bcher-kva.example", False),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example", False),
        ("ada@stra\xdfe.example", "ada@xn--strae-oqa.example", False),  # IDNA 2008
        ("\xe1d\xe1@example.com", "\xe1d\xe1@example.com", True),
        ("\xe1d\xe1@b\xfccher.example", "\xe1d\xe1@xn--bcher-kva.example", True),
    ],
)
def test_an_address_is_sent_to(address: str, sent_to: str, needs_utf8: bool) -> None:
    assert parse(address) == Mailbox(sent_to, needs_utf8)


@pytest.mark.parametrize(
    "address",
    [
        "ada(comment)@example.com",
        "ada@(comment)example.com",
        "ada@example.com(comment)",
        "\xe1da(comment)@example.com",
        '"ada"@example.com',
        '"ada lovelace"@example.com',
        "ada@[x.example]",
        "ada@[192.0.2.1]",
        "ada@192.0.2.1",
        "ada@localhost",
        "ada@b\xfccher",
        "ada@xn--zzzzzzz999.example",
        "ada@ex_ample.com",
        "ada@-example.com",
        "=?utf-8?q?ada?=@example.com",
        f"{'a' * 65}@example.com",
        f"ada@{'a.' * 130}example",
        "ada@example.com\n",
        "ada\0@example.com",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert parse(address) is None


def test_spellings_of_one_address_are_compared_alike() -> None:
    assert normalize(" Ada@B\xdccher.example ") == normalize("ada@xn--bcher-kva.example")
    assert normalize("Ada@[X.example]") == "ada@[x.example]"
