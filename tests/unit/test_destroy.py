"""Destroying an environment, and clearing a creation that failed."""

from dataclasses import replace
from typing import Any

import boto3
import pytest

from infra import failed_creations
from infra.destroy import destroy
from infra.environments import ENVIRONMENTS
from infra.local.settings import StackError
from tests.support.cloudformation import Account, FakeCloudFormation

DEV = replace(ENVIRONMENTS["dev"], account="123456789012")
BUCKETS = ("files", "files-logs", "kept")
PROTECTED = "artist-booking-prod-auth"


def bucket(name: str, policy: str) -> dict[str, str]:
    return {"Type": "AWS::S3::Bucket", "DeletionPolicy": policy, "Name": name}


QUEUE = {"Type": "AWS::SQS::Queue", "Name": "queue"}
TABLE = {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "RetainExceptOnCreate"}
STACKS: dict[str, dict[str, Any]] = {
    "artist-booking-dev-foundation": {"Resources": {"Queue": QUEUE}},
    "artist-booking-dev-files": {
        "Resources": {
            "Bucket": bucket("files", "Delete"),
            "Logs": bucket("files-logs", "Delete"),
            "Kept": bucket("kept", "RetainExceptOnCreate"),
        }
    },
    "artist-booking-dev-gateway": {"Resources": {"Queue": QUEUE}},
    PROTECTED: {
        "Resources": {
            "Table": {**TABLE, "Name": PROTECTED},
            "Taken": {**TABLE, "Name": "artist-booking-prod-taken"},
        }
    },
}


def buckets(account: Account) -> set[str]:
    there = {one["Name"] for one in account.client("s3").list_buckets()["Buckets"]}
    return there & set(BUCKETS)


@pytest.fixture
def account(aws: None) -> Account:
    """Return an account with three stacks of dev, whose buckets are in use, and one of prod."""
    session = boto3.Session(region_name="us-east-1")
    s3 = session.client("s3")
    for name in BUCKETS:
        s3.create_bucket(Bucket=name)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        for text in (b"first", b"second"):
            s3.put_object(Bucket=name, Key="a", Body=text)
        s3.delete_object(Bucket=name, Key="a")
        s3.create_multipart_upload(Bucket=name, Key="unfinished")
    session.client("ssm").put_parameter(
        Name="artist-booking-dev-smtp", Type="SecureString", Value="{}"
    )
    return Account(session, FakeCloudFormation(s3, STACKS))


def test_an_environment_is_deleted_with_buckets_that_are_in_use(account: Account) -> None:
    lines = list(destroy(account.as_session, DEV, period_seconds=0))
    assert account.cloudformation.stacks.keys() == {PROTECTED}
    assert buckets(account) == {"kept"}
    deleted = [line for line in lines if line.startswith("deleted artist")]
    assert deleted == [
        "deleted artist-booking-dev-gateway",
        "deleted artist-booking-dev-files",
        "deleted artist-booking-dev-foundation",
    ]


def test_what_is_retained_is_not_emptied_and_it_says_what_stays(account: Account) -> None:
    lines = list(destroy(account.as_session, DEV, period_seconds=0))
    assert len(account.client("s3").list_object_versions(Bucket="kept")["Versions"]) == 2
    assert lines[-3:] == [
        "stays: AWS::S3::Bucket kept, which artist-booking-dev-files retains",
        "stays: secret artist-booking-dev-smtp in Parameter Store",
        "stays: the databases in MongoDB, and the bootstrap stack of the CDK",
    ]
    assert account.client("ssm").get_parameter(Name="artist-booking-dev-smtp")["Parameter"]


def test_a_dry_run_deletes_nothing(account: Account) -> None:
    lines = list(destroy(account.as_session, DEV, dry_run=True, period_seconds=0))
    assert "would delete the bucket files with all versions of its objects" in lines
    assert "would delete artist-booking-dev-gateway" in lines
    assert len(account.cloudformation.stacks) == 4
    assert len(account.client("s3").list_object_versions(Bucket="files")["Versions"]) == 2


def test_an_environment_that_keeps_its_data_is_refused(account: Account) -> None:
    with pytest.raises(StackError, match="ENV=prod keeps its data"):
        list(destroy(account.as_session, ENVIRONMENTS["prod"], period_seconds=0))
    assert len(account.cloudformation.stacks) == 4


@pytest.fixture
def failed(account: Account) -> Account:
    """Return the account with a protected table, whose stack ended as ROLLBACK_FAILED."""
    account.session.client("dynamodb").create_table(
        TableName=PROTECTED,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )
    account.cloudformation.statuses = {
        PROTECTED: "ROLLBACK_FAILED",
        "artist-booking-dev-files": "CREATE_FAILED",
    }
    account.cloudformation.resource_statuses = {"Table": "DELETE_FAILED", "Taken": "CREATE_FAILED"}
    return account


def test_a_failed_creation_leaves_nothing_that_its_repetition_would_meet(
    failed: Account,
) -> None:
    lines = list(
        failed_creations.clear(failed.as_session, "artist-booking-prod-", period_seconds=0)
    )
    assert [line.split(",")[0] for line in lines] == [
        f"deleted the empty table {PROTECTED}",
        f"deleted {PROTECTED}",
    ]
    assert failed.cloudformation.deleted == [PROTECTED]
    assert PROTECTED not in failed.client("dynamodb").list_tables()["TableNames"]


def test_a_table_with_items_is_never_deleted(failed: Account) -> None:
    dynamodb = failed.client("dynamodb")
    dynamodb.put_item(TableName=PROTECTED, Item={"pk": {"S": "a"}})
    with pytest.raises(StackError, match=f"{PROTECTED} has items"):
        list(failed_creations.clear(failed.as_session, "artist-booking-prod-", period_seconds=0))
    table = dynamodb.describe_table(TableName=PROTECTED)["Table"]
    assert table["DeletionProtectionEnabled"]


def test_a_stack_that_cannot_be_deleted_says_why(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something fills the bucket as fast as it is emptied."""
    monkeypatch.setattr("infra.destroy.empty", lambda s3, bucket: None)
    with pytest.raises(StackError) as raised:
        list(destroy(account.as_session, DEV, period_seconds=0))
    message = str(raised.value)
    assert message.startswith("artist-booking-dev-files could not be deleted:\n    Bucket: ")
    assert "not empty" in message
