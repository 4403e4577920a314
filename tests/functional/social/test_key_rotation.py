"""Rotation of the data keys of tokens."""

import msgspec
import pytest

from infra.operate import rotate_social_keys
from shared.platform import clock
from social.models import Tokens
from social.store import tokens as tokens_store
from social.use_cases import key_rotation, vault
from social.use_cases.key_rotation import RotateDataKeysRequest
from tests.functional.social.conftest import MARA
from tests.functional.social.world import connect


def test_every_account_gets_a_new_data_key_and_keeps_its_tokens(aws: None) -> None:
    accounts = [
        connect(MARA, subject=str(number), tokens=Tokens(f"access-{number}")) for number in range(5)
    ]
    before = [tokens_store.find_sealed(MARA, each.id) for each in accounts]
    pages = []

    class Function:
        def ask(self, function: str, **question: object) -> dict[str, object]:
            assert function == "social-rotate-keys"
            request = msgspec.convert({**question, "limit": 2}, RotateDataKeysRequest)
            answer: dict[str, object] = msgspec.to_builtins(key_rotation.rotate(request))
            pages.append(answer)
            return answer

    lines = list(rotate_social_keys.rotate(Function()))
    assert lines == ["5 accounts have a new data key."]
    assert len(pages) > 1
    for account, former in zip(accounts, before, strict=True):
        sealed = tokens_store.find_sealed(MARA, account.id)
        assert sealed is not None
        assert former is not None
        assert sealed.key != former.key
        assert sealed.tokens != former.tokens
        assert sealed.state == former.state
        assert vault.token(account, clock.now()) == f"access-{account.subject}"


def test_tokens_that_change_meanwhile_are_skipped(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = connect(MARA)
    found = tokens_store.scan(None, 10)
    assert key_rotation.rotate(RotateDataKeysRequest()).rotated == 1
    monkeypatch.setattr(tokens_store, "scan", lambda _after, _limit: found)
    answer = key_rotation.rotate(RotateDataKeysRequest())
    assert (answer.rotated, answer.skipped, answer.next) == (0, 1, None)
    assert vault.token(account, clock.now()) == "access-secret"
