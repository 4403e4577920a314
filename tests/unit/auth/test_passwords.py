"""Passwords that are tried first are refused; composition does not matter."""

import pytest

from auth.rules import breached_passwords, passwords
from infra.breached_passwords import build
from infra.local.seed import DEMO_USERS

EMAIL, NAME = "mara.voss@studio.example", "Mara Voß"


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "12345678",
        "iloveyou2",
        "QWERTYUIOP",
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44",
        "mara.voss@studio.example",
        "MaraVoss",
        "mara.voss1990",
        "12-mara-34",
        "voß12345",
        "studio.example",
    ],
)
def test_passwords_that_are_tried_first_are_refused(password: str) -> None:
    assert passwords.find_weakness(password, EMAIL, NAME)


@pytest.mark.parametrize(
    "password",
    [
        "a-long-secret",
        "correct horse battery",
        "mara likes long walks",
        "vollbrxx",
        "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzq",
        "пароль и ☃",
    ],
)
def test_others_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert passwords.find_weakness(password, EMAIL, NAME) is None


def test_the_list_holds_the_passwords_that_its_description_says() -> None:
    content = breached_passwords.FILE.read_bytes()
    assert len(content) == 474_743 * breached_passwords.PREFIX_BYTES
    digests = [content[at : at + 5] for at in range(0, 5000, 5)]
    assert digests == sorted(set(digests))


def test_a_list_is_built_of_what_could_be_chosen_here() -> None:
    built = build(["short", "Long Enough", "LONG ENOUGH", "other-one"])
    assert len(built) == 2 * breached_passwords.PREFIX_BYTES
    assert breached_passwords.digest("long enough") in built


def test_the_people_of_the_local_stack_have_passwords_that_are_taken() -> None:
    for person in DEMO_USERS.values():
        weakness = passwords.find_weakness(person["password"], person["email"], person["name"])
        assert weakness is None
