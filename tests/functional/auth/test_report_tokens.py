"""Tokens of the link "this was not me": sealed, for a week, each once."""

from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from auth.use_cases import report_tokens, token_keys
from shared.platform import clock as our_clock
from tests.functional.auth.people import EMAIL, People, outbox, stored_items
from tests.functional.auth.test_email_changes import file_report


@pytest.fixture
def token(people: People) -> str:
    """The token of the mail about the first device."""
    people.sign_up()
    (signed_in,) = outbox("user.signed_in_from_new_device")
    issued: str = signed_in.data["reportToken"]
    return issued


def test_nothing_is_stored_before_it_is_used(people: People, token: str) -> None:
    assert stored_items("ATTEMPT") == []
    assert EMAIL not in token
    assert file_report(people, token).status_code == 204
    purposes = [item["purpose"]["S"] for item in stored_items("ATTEMPT")]
    assert sorted(purposes) == ["report", "reset_password"]


def test_it_works_for_a_week(people: People, token: str, clock: TimeMachineFixture) -> None:
    clock.shift(timedelta(days=7) - timedelta(seconds=1))
    assert report_tokens.open_token(token, our_clock.now()).email == EMAIL
    clock.shift(timedelta(seconds=1))
    assert file_report(people, token).status_code == 410


def test_another_spelling_is_no_other_token(people: People, token: str) -> None:
    assert file_report(people, token).status_code == 204
    assert file_report(people, token + "=").status_code == 410
    assert file_report(people, token + "\n").status_code == 410


@pytest.mark.parametrize("position", [0, 40, -1])
def test_a_changed_one_reports_nothing(people: People, token: str, position: int) -> None:
    letters = list(token)
    letters[position] = "A" if letters[position] != "A" else "B"
    assert file_report(people, "".join(letters)).status_code == 410
    assert people.login().status_code == 200


@pytest.mark.parametrize("text", ["", ".", "x", "x.", ".x", "kéy.x", "x" * 1024])
def test_a_forged_one_reports_nothing(people: People, text: str) -> None:
    assert file_report(people, text).status_code in (410, 422)


def test_what_the_key_sealed_for_something_else_is_none(people: People, token: str) -> None:
    refresh_token = people.login().json_body["refreshToken"]
    key_id, _ = token_keys.sealing_key(our_clock.now())
    assert file_report(people, f"{key_id}.{refresh_token}").status_code == 410
