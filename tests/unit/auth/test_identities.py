"""Identities of accounts: which may be added and removed, and what they are called."""

from datetime import UTC, datetime

import pytest

from auth.rules import identities, sign_in_ways
from auth.rules.errors import IdentityTaken, LastSignInWay
from auth.rules.identities import LinkedIdentity

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def linked(provider: str) -> LinkedIdentity:
    return LinkedIdentity(provider, f"key of {provider}", NOW)


def test_a_key_is_of_issuer_and_subject_alone() -> None:
    keys = {
        identities.compute_key(issuer, subject)
        for issuer, subject in [("https://a", "1"), ("https://a", "2"), ("https://b", "1")]
    }
    assert len(keys) == 3
    assert identities.compute_key("a 1", "b") != identities.compute_key("a", "1 b")


@pytest.mark.parametrize(
    ("candidates", "name"),
    [
        (["Ada", "Other"], "Ada"),
        ([None, " Ada\n Keller "], "Ada Keller"),
        (["\u200b", "\u202eAda"], "Ada"),
        ([None, ""], None),
        (["x" * 101], "x" * 100),
    ],
)
def test_the_first_name_that_can_be_shown_is_chosen(
    candidates: list[str | None], name: str | None
) -> None:
    assert identities.choose_name(*candidates) == name


def test_an_account_has_one_identity_of_a_provider_and_five_in_all() -> None:
    four = [linked(provider) for provider in "abcd"]
    assert [each.provider for each in identities.add(four, linked("e"))] == list("abcde")
    with pytest.raises(IdentityTaken, match="another one"):
        identities.add(four, linked("a"))
    with pytest.raises(IdentityTaken, match="at most 5"):
        identities.add([*four, linked("e")], linked("f"))


def test_a_provider_is_removed() -> None:
    assert identities.remove([linked("a"), linked("b")], "a") == [linked("b")]


@pytest.mark.parametrize("left", range(16))
def test_the_last_way_in_stays(left: int) -> None:
    password, passkey, identity, mail = (bool(left & bit) for bit in (1, 2, 4, 8))

    def require_one() -> None:
        sign_in_ways.require_one(
            has_password=password,
            passkeys=int(passkey),
            identities=int(identity),
            reads_its_mail=mail,
        )

    if left:
        require_one()
    else:
        with pytest.raises(LastSignInWay):
            require_one()
