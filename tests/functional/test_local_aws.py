"""Deployer and MiniStack together: what is deployed, survives a restart, and is swapped.

These tests start MiniStack alone, with stacks of a few resources.
"""

import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest

from infra.local import hotswap, processes, services
from infra.local.assembly import Asset, Stack
from infra.local.deploy import deploy
from infra.local.kinds import Kind
from infra.local.settings import Settings, StackError
from infra.operate.redrive import redrive

PREFIX = "app-"
T = TypeVar("T")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    settings = Settings.on_free_ports(tmp_path_factory.mktemp("aws"))
    start(settings)
    yield settings
    processes.stop(settings, services.aws(settings))


@pytest.fixture
def session(settings: Settings) -> boto3.Session:
    return settings.session()


def start(settings: Settings) -> None:
    process = services.aws(settings)
    processes.start(settings, process)
    processes.wait_until_healthy(settings, process)


def restart(settings: Settings) -> None:
    processes.stop(settings, services.aws(settings))
    start(settings)


def eventually(ask: Callable[[], T]) -> T:
    deadline = time.monotonic() + 30
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < deadline
        time.sleep(0.05)


def stack(name: str, resources: dict[str, Any], **more: Any) -> Stack:
    return Stack(name, json.dumps({"Resources": resources, **more}).encode(), assets=())


def table(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            **properties,
        },
    }


def role(*actions: str) -> dict[str, Any]:
    def policy(**statement: Any) -> dict[str, Any]:
        return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}

    allowed = policy(Action=list(actions), Resource="*")
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": policy(
                Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}
            ),
            "Policies": [{"PolicyName": "allowed", "PolicyDocument": allowed}],
        },
    }


def function(name: str, code: dict[str, str], handler: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": name,
            "Runtime": "python3.13",
            "Handler": handler,
            "Code": code,
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        },
    }


def queue(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}


def status(session: boto3.Session, name: str) -> str:
    answer: Any = session.client("cloudformation").describe_stacks(StackName=name)
    return str(answer["Stacks"][0]["StackStatus"])


def test_only_what_differs_is_deployed(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    output = {"Url": {"Value": {"Ref": "Queue"}}}
    first = stack("once", {"Queue": queue("once")}, Outputs=output)
    outputs = deploy(session, [first], Kind.MINISTACK)
    assert outputs["once"]["Url"].endswith("/once")
    assert "deploy once" in capsys.readouterr().out

    assert deploy(session, [first], Kind.MINISTACK) == outputs
    assert "deploy once" not in capsys.readouterr().out
    assert status(session, "once") == "CREATE_COMPLETE"

    deploy(
        session,
        [stack("once", {"Queue": queue("once", DelaySeconds=1)}, Outputs=output)],
        Kind.MINISTACK,
    )
    assert status(session, "once") == "UPDATE_COMPLETE"


def test_a_failed_stack_says_why_and_can_be_fixed(session: boto3.Session) -> None:
    broken = {"Fn::Select": [3, {"Fn::Split": [":", "no such part"]}]}
    with pytest.raises(StackError, match=r"mended ended as ROLLBACK_COMPLETE:\n +Queue \(AWS::SQS"):
        deploy(
            session,
            [stack("mended", {"Queue": queue("mended", DelaySeconds=broken)})],
            Kind.MINISTACK,
        )
    deploy(session, [stack("mended", {"Queue": queue("mended")})], Kind.MINISTACK)
    assert status(session, "mended") == "CREATE_COMPLETE"


def test_a_failed_update_leaves_the_old_version_and_is_tried_again(session: boto3.Session) -> None:
    broken = {"Fn::Select": [3, {"Fn::Split": [":", "no such part"]}]}
    deploy(session, [stack("kept", {"Queue": queue("kept")})], Kind.MINISTACK)
    for _ in range(2):
        with pytest.raises(StackError, match="kept ended as UPDATE_ROLLBACK_COMPLETE"):
            deploy(
                session,
                [stack("kept", {"Queue": queue("kept", DelaySeconds=broken)})],
                Kind.MINISTACK,
            )
    deploy(session, [stack("kept", {"Queue": queue("kept", DelaySeconds=2)})], Kind.MINISTACK)
    assert status(session, "kept") == "UPDATE_COMPLETE"


def test_a_template_larger_than_a_request_holds(session: boto3.Session) -> None:
    metadata = {"Reason": "x" * 51_200}
    deploy(session, [stack("large", {"Queue": queue("large")}, Metadata=metadata)], Kind.MINISTACK)
    assert status(session, "large") == "CREATE_COMPLETE"


def test_properties_that_cloudformation_drops_are_set(session: boto3.Session) -> None:
    resources = {
        "Table": table(
            TableName="gaps",
            TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True},
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        ),
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": "gaps",
                "LifecycleConfiguration": {
                    "Rules": [{"Status": "Enabled", "Prefix": "tmp/", "ExpirationInDays": 3}]
                },
            },
        },
        "Role": role("logs:*"),
        "Function": function("gaps", {"ZipFile": "def f(*_): pass"}, "index.f"),
    }
    resources["Function"]["Properties"]["ReservedConcurrentExecutions"] = 2
    for _ in range(2):  # and setting it again does no harm
        deploy(session, [stack("gaps", resources)], Kind.MINISTACK)

    dynamodb = session.client("dynamodb")
    lifetime = dynamodb.describe_time_to_live(TableName="gaps")["TimeToLiveDescription"]
    assert (lifetime["TimeToLiveStatus"], lifetime["AttributeName"]) == ("ENABLED", "expires_at")
    backups = dynamodb.describe_continuous_backups(TableName="gaps")["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    s3: Any = session.client("s3")
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket="gaps")["Rules"]
    assert (rule["Filter"]["Prefix"], rule["Expiration"]["Days"]) == ("tmp/", 3)
    concurrency = session.client("lambda").get_function_concurrency(FunctionName="gaps")
    assert concurrency["ReservedConcurrentExecutions"] == 2


RELAY = """
import boto3
def relay(event, context):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="relayed")["QueueUrl"]
    for record in event["Records"]:
        entry = {"Id": "1", "MessageBody": record["dynamodb"]["Keys"]["pk"]["S"]}
        sqs.send_message_batch(QueueUrl=url, Entries=[entry])
"""


def test_a_restart_keeps_data_and_streams_flow_on(
    settings: Settings, session: boto3.Session
) -> None:
    relayed = stack(
        "relayed",
        {
            "Table": table(
                TableName="relayed", StreamSpecification={"StreamViewType": "NEW_IMAGE"}
            ),
            "Queue": queue("relayed"),
            # The permission for one message has to be enough for a batch, as on AWS.
            "Role": role("sqs:SendMessage", "sqs:GetQueueUrl", "logs:*"),
            "Function": function("relayed", {"ZipFile": RELAY}, "index.relay"),
            "Mapping": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "FunctionName": {"Ref": "Function"},
                    "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
                    "StartingPosition": "TRIM_HORIZON",
                },
            },
        },
    )
    deploy(session, [relayed], Kind.MINISTACK)
    dynamodb, sqs = session.client("dynamodb"), session.client("sqs")
    url = sqs.get_queue_url(QueueName="relayed")["QueueUrl"]

    def write_and_see_it_relayed(key: str) -> None:
        dynamodb.put_item(TableName="relayed", Item={"pk": {"S": key}})
        (message,) = eventually(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
        assert message["Body"] == key
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    write_and_see_it_relayed("before")
    sqs.send_message(QueueUrl=url, MessageBody="waiting", DelaySeconds=0)
    restart(settings)

    assert dynamodb.scan(TableName="relayed")["Items"] == [{"pk": {"S": "before"}}]
    (waiting,) = eventually(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    sqs.delete_message(QueueUrl=url, ReceiptHandle=waiting["ReceiptHandle"])
    assert waiting["Body"] == "waiting"
    write_and_see_it_relayed("after")
    deploy(session, [relayed], Kind.MINISTACK)
    assert status(session, "relayed") == "CREATE_COMPLETE"  # it was there, nothing was deployed


def test_a_crash_before_the_first_clean_stop_costs_a_deploy(tmp_path: Path) -> None:
    settings = Settings.on_free_ports(tmp_path)
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "crashed"}}
    try:
        for _ in range(2):
            start(settings)
            deploy(settings.session(), [stack("crashed", {"Bucket": bucket})], Kind.MINISTACK)
            assert status(settings.session(), "crashed") == "CREATE_COMPLETE"
            crash(settings)
    finally:
        processes.stop(settings, services.aws(settings))


def crash(settings: Settings) -> None:
    record = processes.find(settings, "ministack")
    assert record
    os.kill(record.pid, signal.SIGKILL)
    eventually(lambda: processes.find(settings, "ministack") is None)


def test_dead_letters_return_on_the_endpoint_too(session: boto3.Session) -> None:
    target = {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    resources = {
        "DeadLetters": queue("app-mail-dlq"),
        "Queue": queue(
            "app-mail", RedrivePolicy={"deadLetterTargetArn": target, "maxReceiveCount": 5}
        ),
    }
    deploy(session, [stack("mail", resources)], Kind.MINISTACK)
    sqs = session.client("sqs")
    dead_letters = sqs.get_queue_url(QueueName="app-mail-dlq")["QueueUrl"]
    sqs.send_message(QueueUrl=dead_letters, MessageBody="lost")
    (result,) = redrive(session, PREFIX)
    assert (result.source, result.moved) == ("app-mail", 1)
    url = sqs.get_queue_url(QueueName="app-mail")["QueueUrl"]
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "lost"


def test_swapped_sources_run_at_once_and_the_rest_of_the_zip_stays(
    session: boto3.Session, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    (bundle / "auth").mkdir(parents=True)
    (bundle / "auth" / "app.py").write_text("def api(*_): return 'old'")
    (bundle / "auth" / "shipped.txt").write_text("built")
    code = {"S3Bucket": "bundles", "S3Key": "auth.zip"}
    resources = {
        "Role": role("logs:*"),
        "Function": function("app-auth-api", code, "auth.app.api"),
    }
    asset = Asset(bundle, is_directory=True, bucket="bundles", key="auth.zip")
    swapped = replace(stack("swapped", resources), assets=(asset,))
    deploy(session, [swapped], Kind.MINISTACK)
    assert invoke(session, "app-auth-api") == "old"

    sources = tmp_path / "functions" / "auth"
    sources.mkdir(parents=True)
    (sources / "app.py").write_text(
        "import pathlib\n"
        "def api(*_): return (pathlib.Path(__file__).parent / 'shipped.txt').read_text()"
    )
    assert hotswap.swap_group(session, PREFIX, "auth", sources) == ["app-auth-api"]
    assert invoke(session, "app-auth-api") == "built"


def test_a_swapped_layer_reaches_its_functions(session: boto3.Session, tmp_path: Path) -> None:
    client = session.client("lambda")
    published = client.publish_layer_version(
        LayerName="app-mail-shared", Content={"ZipFile": layer_zip("old")}
    )
    code = {"ZipFile": "import shared\ndef api(*_): return shared.VERSION"}
    resources = {"Role": role("logs:*"), "Function": function("app-layered", code, "index.api")}
    resources["Function"]["Properties"]["Layers"] = [published["LayerVersionArn"]]
    deploy(session, [stack("layered", resources)], Kind.MINISTACK)
    assert invoke(session, "app-layered") == "old"

    (tmp_path / "shared.py").write_text("VERSION = 'new'")
    assert hotswap.swap_layer(session, PREFIX, tmp_path) == ["app-layered"]
    assert invoke(session, "app-layered") == "new"


def layer_zip(version: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("python/shared.py", f"VERSION = {version!r}")
    return buffer.getvalue()


def invoke(session: boto3.Session, name: str) -> Any:
    return json.load(session.client("lambda").invoke(FunctionName=name)["Payload"])
