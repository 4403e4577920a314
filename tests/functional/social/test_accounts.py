"""Social accounts of an artist."""

import json

import msgspec
import pytest
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag

from shared.data.conflicts import WriteConflict
from social.models import ProviderId, Tokens
from social.rules.errors import NeedsReconnect
from social.store import accounts as accounts_store
from social.store import tokens as tokens_store
from social.use_cases import vault
from tests.functional.social.conftest import MARA, NOOR
from tests.functional.social.world import NOW, connect, deliver
from tests.support import fake_aws, streams
from tests.support.gateway import ApiClient

HOME = "/v1/social/accounts"


def test_an_artist_lists_their_own_accounts(mara: ApiClient, noor: ApiClient) -> None:
    account = connect(MARA)
    (listed,) = mara.get(HOME).json_body["items"]
    assert listed["id"] == account.id
    assert listed["displayName"] == "Mara Voss Tattoo"
    assert "access-secret" not in str(listed)
    assert noor.get(HOME).json_body["items"] == []


def test_an_account_is_found_by_its_id_at_the_provider(aws: None) -> None:
    account = connect(MARA)
    assert accounts_store.find_by_subject(ProviderId.CALDAV, account.subject) == account
    assert accounts_store.find_by_subject(ProviderId.GOOGLE, account.subject) is None


def test_an_id_at_a_provider_belongs_to_one_account(aws: None) -> None:
    connect(MARA)
    with pytest.raises(WriteConflict):
        connect(NOOR)
    assert accounts_store.list_accounts(NOOR) == []


def test_tokens_come_back_from_the_vault_and_are_nowhere_in_clear(aws: None) -> None:
    account = connect(MARA, tokens=Tokens("access-secret", "refresh-secret"))
    assert vault.token(account, NOW) == "access-secret"
    assert vault.get(account, NOW).refresh_token == "refresh-secret"
    assert b"-secret" not in str(streams.items("social")).encode()


def test_tokens_cannot_be_moved_to_another_account(aws: None) -> None:
    one, other = connect(MARA), connect(NOOR, subject="2")
    mine = tokens_store.find_sealed(MARA, one.id)
    theirs = tokens_store.find_sealed(NOOR, other.id)
    assert mine is not None
    assert theirs is not None
    with pytest.raises(InvalidTag):
        vault.unseal(theirs._replace(tokens=mine.tokens))
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        vault.unseal(theirs._replace(tokens=mine.tokens, key=mine.key))


def test_an_account_without_tokens_needs_its_artist(aws: None) -> None:
    account = connect(MARA)
    accounts_store.save(
        msgspec.structs.replace(account, version=2),
        also=[tokens_store.delete(MARA, account.id)],
    )
    with pytest.raises(NeedsReconnect):
        vault.token(account, NOW)


def test_a_deleted_artist_has_nothing_left(mara: ApiClient) -> None:
    account = connect(MARA)
    other = connect(NOOR, subject="2")
    deliver("user.deleted", userId=MARA)
    deliver("user.deleted", userId=MARA)
    assert mara.get(HOME).json_body["items"] == []
    assert accounts_store.find_link(account.provider, account.subject) is None
    left = str(streams.items("social"))
    assert account.id not in left
    assert other.id in left


def test_an_export_has_the_accounts_without_their_tokens(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = connect(MARA)
    connect(NOOR, subject="2")
    monkeypatch.setenv("EXPORTS_BUCKET", "exports")
    s3 = fake_aws.client("s3")
    s3.create_bucket(Bucket="exports")
    deliver("export.requested", exportId="exp_1", userId=MARA)
    stored = s3.get_object(Bucket="exports", Key="exports/exp_1/social.json")["Body"].read()
    (record,) = json.loads(stored)["accounts"]
    assert record["id"] == account.id
    assert b"access-secret" not in stored
