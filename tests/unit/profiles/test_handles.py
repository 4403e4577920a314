"""Handles: normal form, reserved names and equality."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DomainError
from profiles.rules import handles
from shared.http.problems import from_error


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mara.Voss", "mara.voss"),
        ("  @mara_voss ", "mara_voss"),
        ("a-1", "a-1"),
        ("x" * 30, "x" * 30),
    ],
)
def test_handles_are_normalized(text: str, expected: str) -> None:
    assert handles.normalize(text, "body.handle") == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "ab", "x" * 31, ".mara", "mara.", "ma..ra", "ma._ra", "ma ra", "mara\n1", "@@mara"),
        *("mära", "m\u0430ra", "mara/..", "mara%00", "usr_01jd0000000000000000000aaa", "usr_me"),
        *("admin", "Ad.Min", "sup-port", "me", "m-e", "artist_booking", "reviews"),
        *("support-team", "team.support", "adm1n", "5upp0rt", "adrnin", "lnstagram", "app1e"),
        *("help-desk-24", "art1st.booking.berlin", "paypal-billing", "the.official.team"),
    ],
)
def test_invalid_handles_are_refused(text: Any) -> None:
    with pytest.raises(DomainError) as refused:
        handles.normalize(text, "body.handle")
    assert (from_error(refused.value).status, refused.value.errors[0].field) == (422, "body.handle")


def test_case_and_separators_do_not_distinguish_handles() -> None:
    assert (
        len({handles.get_key(handle) for handle in ("mara.voss", "MaraVoss", "m-a_r.avoss")}) == 1
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [("mara", "rnara"), ("lola", "1ola"), ("nico", "nlc0"), ("wolf", "vvolf"), ("a.ll", "al-1")],
)
def test_handles_that_look_alike_share_a_key(one: str, other: str) -> None:
    assert handles.get_lookalike_key(one) == handles.get_lookalike_key(other)
    assert handles.get_key(one) != handles.get_key(other)


@pytest.mark.parametrize("text", ["team.tattoo", "moderntattoo", "mara-root", "kai", "page.peter"])
def test_names_that_only_hold_such_words_are_free(text: str) -> None:
    assert handles.normalize(text, "body.handle") == text


@given(st.lists(st.sampled_from(["aaa", "a.aa", "bbb", "b-bb", "ccc"]), max_size=12))
def test_the_last_handle_is_current_and_each_is_kept_once(chosen: Any) -> None:
    used: tuple[str, ...] = ()
    for handle in chosen:
        used = handles.append_handle(used, handle)
        assert used[-1] == handle
    assert sorted(map(handles.get_key, used)) == sorted(
        {handles.get_key(handle) for handle in chosen}
    )
