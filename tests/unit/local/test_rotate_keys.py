"""Rotation of the keys of tokens: what is asked, and what the operator reads."""

from typing import Any

import pytest

from infra.operate.rotate_keys import rotate


class Operator:
    def ask(self, function: str, **question: Any) -> dict[str, dict[str, str]]:
        assert function == "auth-rotate-keys"
        self.question = question
        return {
            "signing": {"id": "kid", "startsAt": "2026-11-22T12:30:00Z"},
            "sealing": {"id": "a1b2", "startsAt": "2026-11-22T12:30:00Z"},
        }


@pytest.mark.parametrize("leaked", [False, True])
def test_the_operator_reads_which_keys_take_over_when(leaked: bool) -> None:
    operator = Operator()
    signing, sealing, *consequence = rotate(operator, 1800, leaked=leaked)
    assert operator.question == {"noticeSeconds": 1800, "leaked": leaked}
    assert signing == "signing key  kid  signs access tokens from 2026-11-22T12:30:00Z"
    assert sealing == "sealing key  a1b2  seals refresh tokens from 2026-11-22T12:30:00Z"
    assert ("everybody signs in again" in " ".join(consequence)) == leaked
