"""Cursors are valid only for the list and the reader they were created for."""

import base64
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidFields
from shared.http import cursors
from shared.http.problems import from_error

SCOPE = "notifications usr_1"
POSITION = {"pk": "USER#usr_1", "sk": "NOTE#7", "at": 1_790_000_000}

pytestmark = pytest.mark.usefixtures("aws")


def assert_refused(cursor: str, scope: str = SCOPE) -> None:
    with pytest.raises(InvalidFields) as caught:
        cursors.decode(cursor, scope)
    assert from_error(caught.value).status == 422
    assert [error.field for error in caught.value.errors] == ["query.cursor"]


@pytest.mark.parametrize("position", [POSITION, [], None, "", 0, {"ü": ["☃", 1.5]}])
def test_a_cursor_is_decoded_to_its_position(position: Any) -> None:
    cursor = cursors.encode(position, SCOPE)
    assert cursors.decode(cursor, SCOPE) == position


def test_a_cursor_needs_no_url_encoding() -> None:
    cursor = cursors.encode({"sk": "?>~\xff" * 50}, SCOPE)
    assert cursor.isascii()
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_every_changed_byte_is_noticed() -> None:
    cursor = cursors.encode(POSITION, SCOPE)
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for position in range(len(raw)):
        changed = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        assert_refused(base64.urlsafe_b64encode(changed).decode())


@pytest.mark.parametrize("scope", ["notifications usr_2", "messages usr_1", "", SCOPE + "\0"])
def test_a_cursor_of_another_list_or_reader_is_refused(scope: Any) -> None:
    assert_refused(cursors.encode(POSITION, SCOPE), scope)


def test_scope_and_position_are_signed_separately() -> None:
    cursor = cursors.encode(12, "list a")
    signature = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[:-2]
    assert_refused(base64.urlsafe_b64encode(signature + b"2").decode(), "list a1")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_garbage_is_refused(garbage: Any) -> None:
    assert_refused(garbage)
