"""Properties of every deployment, asserted on the templates."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest

from authorizer.app import CALLS_SECONDS
from infra import features
from infra.constructs.api_definition import ACCESS_TOKEN, API_KEY, GATEWAY_PROBLEMS
from infra.environments import ENVIRONMENTS
from infra.paths import FUNCTIONS
from infra.watched import function_handlers
from shared.platform.config import path_name
from tests.infra.conftest import Templates, definition, resources

GATEWAY_SECONDS = 29  # how long API Gateway waits for a function

# Actions that know no narrower resource (AWS service authorization reference).
WITHOUT_RESOURCE = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "dynamodb:ListStreams",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
}


@pytest.fixture(params=["local", "prod"])
def templates(request: pytest.FixtureRequest) -> Templates:
    found: Templates = request.getfixturevalue(request.param)
    return found


def statements(templates: Templates) -> list[dict[str, Any]]:
    return [
        statement
        for policy in resources(templates, "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_there_is_one_stack_per_function_group_besides_foundation_and_gateway(
    templates: Templates,
) -> None:
    names = set(features.names()) - {"authorizer"}  # shares the stack of auth, and its keys
    groups = {path_name(name) for name in names}
    assert set(templates) == groups | {"foundation"}


def test_every_declared_route_is_a_method_with_its_guards(templates: Templates) -> None:
    declared = {
        (path, method): (route.api_key_required, route.authorizer is not None)
        for app in features.load_all().values()
        for path, methods in app.routes.items()
        for method, route in methods.items()
    }
    assert method_guards(templates["gateway"]) == declared


def method_guards(template: dict[str, Any]) -> dict[tuple[str, str], tuple[bool, bool]]:
    """Return by path and method whether a route needs an API key, and an access token."""
    return {
        (path, method.upper()): (needs(operation, API_KEY), needs(operation, ACCESS_TOKEN))
        for path, methods in definition(template)["paths"].items()
        for method, operation in methods.items()
    }


def needs(operation: dict[str, Any], scheme: str) -> bool:
    return {scheme: []} in operation.get("security", [])


def test_no_policy_allows_every_action_or_every_resource_without_need(
    templates: Templates,
) -> None:
    for statement in statements(templates):
        actions = as_list(statement["Action"])
        assert not [action for action in actions if action == "*" or action.endswith(":*")]
        if "*" in as_list(statement["Resource"]):
            assert set(actions) <= WITHOUT_RESOURCE, statement


def test_every_function_has_its_own_role_and_log_retention(templates: Templates) -> None:
    functions = resources(templates, "AWS::Lambda::Function")
    roles = [str(function["Role"]) for function in functions]
    assert len(set(roles)) == len(functions)
    logged = {group["LogGroupName"] for group in resources(templates, "AWS::Logs::LogGroup")}
    for function in functions:
        assert f"/aws/lambda/{function['FunctionName']}" in logged
    for group in resources(templates, "AWS::Logs::LogGroup"):
        assert group["RetentionInDays"]


def test_every_function_is_for_python_3_13_on_arm(templates: Templates) -> None:
    for function in resources(templates, "AWS::Lambda::Function"):
        assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])


def test_functions_behind_the_api_never_run_longer_than_it(prod: Templates) -> None:
    """They have all of its 29 seconds, so that every request ends with an answer of its own."""
    timeouts = {
        function["FunctionName"]: function["Timeout"]
        for function in resources(prod, "AWS::Lambda::Function")
    }
    behind = {
        name for name in timeouts if name.endswith(("-api", "-connect", "-frame", "-disconnect"))
    }
    assert {timeouts[name] for name in behind} == {GATEWAY_SECONDS}
    assert len(behind) == len([name for name in features.names() if features.load(name).routes]) + 3
    (authorizer,) = (timeouts[name] for name in timeouts if name.endswith("-authorize"))
    pauses = 1 + 2  # seconds, between three attempts
    assert CALLS_SECONDS + pauses < authorizer < GATEWAY_SECONDS
    # Workers keep the time that their work takes.
    assert timeouts["artist-booking-prod-quick-actions-events-worker"] == 60


def test_every_consumed_queue_has_a_dead_letter_queue(templates: Templates) -> None:
    queues = resources(templates, "AWS::SQS::Queue")
    working = [queue for queue in queues if not queue["QueueName"].endswith("-dlq")]
    assert working
    names = {queue["QueueName"] for queue in queues}
    for queue in working:
        # Workers move what cannot work themselves; an outage is waited for.
        assert queue["RedrivePolicy"]["maxReceiveCount"] == 60
        assert f"{queue['QueueName']}-dlq" in names


def test_one_bad_message_does_not_block_others(templates: Templates) -> None:
    mappings = resources(templates, "AWS::Lambda::EventSourceMapping")
    streams = [mapping for mapping in mappings if mapping.get("StartingPosition")]
    queues = [mapping for mapping in mappings if mapping not in streams]
    assert streams
    assert queues
    for mapping in queues:
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    for mapping in streams:
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert mapping["DestinationConfig"]["OnFailure"]
        assert (mapping["MaximumRetryAttempts"], mapping["MaximumRecordAgeInSeconds"]) == (
            1000,
            3600,
        )


def test_tables_expire_their_records_and_can_be_restored(templates: Templates) -> None:
    tables = resources(templates, "AWS::DynamoDB::Table")
    assert len(tables) >= 3
    for table in tables:
        assert table["TimeToLiveSpecification"] == {
            "AttributeName": "expires_at",
            "Enabled": True,
        }
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


# What is in the limits or in idempotency keys is gone within a day.
PASSING = ("artist-booking-prod-limits", "artist-booking-prod-idempotency")


def test_production_keeps_data_and_keys_when_a_stack_is_deleted(prod: Templates) -> None:
    """What a failed creation made is deleted, so that the creation can be repeated."""
    kept = ("AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket", "AWS::ApiGateway::ApiKey")
    policies = {
        (name, logical_id): (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
        for name, template in prod.items()
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] in kept and resource["Properties"].get("TableName") not in PASSING
    }
    assert {name for name, _ in policies} >= {"auth", "files", "foundation", "gateway", "social"}
    assert set(policies.values()) == {("RetainExceptOnCreate", "Retain")}
    assert not resources(prod, "AWS::SSM::Parameter")  # secrets are in no stack
    assert not resources(prod, "AWS::SecretsManager::Secret")


def test_nothing_is_retained_that_a_repeated_creation_would_meet(prod: Templates) -> None:
    for template in prod.values():
        for resource in template["Resources"].values():
            assert resource.get("DeletionPolicy") != "Retain"


def test_only_the_plan_of_a_single_customer_has_a_quota(templates: Templates) -> None:
    """Everybody shares the keys of our own applications: a quota would end everybody's day."""
    plans = {
        plan["UsagePlanName"].rpartition("-")[2]: plan
        for plan in resources(templates, "AWS::ApiGateway::UsagePlan")
    }
    assert {name: plan.get("Quota") for name, plan in plans.items()} == {
        "web": None,
        "mobile": None,
        "partner": {"Limit": 50_000, "Period": "DAY"},
    }
    for name, plan in plans.items():
        of_production = ENVIRONMENTS["prod"].usage_plans[name]
        assert plan["Throttle"] == {
            "RateLimit": of_production.requests_per_second,
            "BurstLimit": of_production.burst,
        }
    assert len(resources(templates, "AWS::ApiGateway::UsagePlanKey")) == 3


def test_every_gateway_response_is_a_problem_with_cors(templates: Templates) -> None:
    responses = definition(templates["gateway"])["x-amazon-apigateway-gateway-responses"]
    assert set(responses) == set(GATEWAY_PROBLEMS)
    for response in responses.values():
        parameters = response["responseParameters"]
        assert parameters["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        origin = parameters["gatewayresponse.header.Access-Control-Allow-Origin"]
        assert origin not in ("'*'", "*")
        assert parameters["gatewayresponse.header.x-correlation-id"] == "context.requestId"
        body = json.loads(response["responseTemplates"]["application/json"])
        assert str(body["status"]) == response["statusCode"]


def test_stacks_share_nothing_but_names(templates: Templates) -> None:
    """An export would chain the stacks together; each can be deployed alone."""
    for template in templates.values():
        assert "Fn::ImportValue" not in str(template["Resources"])
        for output in template.get("Outputs", {}).values():
            assert "Export" not in output


def test_the_api_waits_for_the_function_of_its_own_stack(templates: Templates) -> None:
    """A name makes no dependency; on AWS a permission needs its function."""
    found = templates["gateway"]["Resources"]
    functions = {id_ for id_, one in found.items() if one["Type"] == "AWS::Lambda::Function"}
    (function,) = (id_ for id_ in functions if "api" in found[id_]["Properties"]["FunctionName"])
    permissions = [
        one
        for one in found.values()
        if one["Type"] == "AWS::Lambda::Permission"
        and one["Properties"]["Principal"] == "apigateway.amazonaws.com"
    ]
    assert permissions
    for permission in permissions:
        assert function in permission["DependsOn"]


def test_cloudwatch_may_raise_alarms(templates: Templates) -> None:
    """A topic with a policy of its own accepts only the publishers it names."""
    services = [
        statement.get("Principal", {}).get("Service")
        for policy in resources(templates, "AWS::SNS::TopicPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert "cloudwatch.amazonaws.com" in services


# ---- tables --------------------------------------------------------------------------------------

# DynamoDB's actions by the methods of pynamodb, and of our item classes, that call them.
ACTIONS = {
    "batch_get": "BatchGetItem",
    "batch_write": "BatchWriteItem",
    "condition_check": "ConditionCheckItem",
    "delete_all": "BatchWriteItem",
    "find": "GetItem",
    "query": "Query",
    "save": "PutItem",
}


def actions_of_store(feature: str) -> Iterator[str]:
    """Yield the actions of DynamoDB that the store of a feature calls."""
    folder = FUNCTIONS / feature
    for path in (*folder.glob("store.py"), *folder.glob("store/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ACTIONS:
                    yield f"dynamodb:{ACTIONS[name]}"


def table_actions(template: dict[str, Any], function: str) -> set[str]:
    """Return what the role of a function may do with tables."""
    role = role_of(template, function)
    return {
        action
        for policy in of_type(template, "AWS::IAM::Policy")
        if {"Ref": role} in policy["Properties"]["Roles"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
        if action.startswith("dynamodb:")
    }


def test_the_functions_of_a_feature_may_call_what_its_store_calls(prod: Templates) -> None:
    """Moto checks no permissions. Only erasures write batches, and workers erase."""
    for feature in features.names():
        template = prod.get(path_name(feature), {"Resources": {}})
        if not of_type(template, "AWS::DynamoDB::Table"):
            continue  # it stores documents, or nothing
        called = set(actions_of_store(feature))
        granted = {
            name: table_actions(template, f"{path_name(feature)}-{name}")
            for name in function_handlers(features.load(feature), websockets=True)
            if name != "outbox"
        }
        assert called <= set().union(*granted.values()), feature
        erasing = {"dynamodb:BatchWriteItem"}
        # Only operators' functions read accounts in batches, to compare copies, and list what a
        # migration from a monolith has left.
        operating = {"auth": {"dynamodb:BatchGetItem"}, "gateway": {"dynamodb:Query"}}
        assert called - erasing - operating.get(feature, set()) <= granted["api"], feature


def test_the_authorizer_reads_of_the_table_only_which_sessions_ended(prod: Templates) -> None:
    """Anything that it verifies may be an attacker's, and the table holds password hashes."""
    role = role_of(prod["auth"], "authorizer-authorize")
    granted = [
        statement
        for policy in of_type(prod["auth"], "AWS::IAM::Policy")
        if {"Ref": role} in policy["Properties"]["Roles"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "dynamodb" in str(statement["Action"])
    ]
    assert [(each["Action"], each["Condition"]) for each in granted] == [
        (
            "dynamodb:Query",
            {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ENDED_SESSIONS"]}},
        )
    ]


def test_features_read_of_files_records_only_whether_they_are_clean(prod: Templates) -> None:
    """Names, hashes and readers of files are nobody else's."""
    reading = {}
    for feature, template in prod.items():
        for policy in of_type(template, "AWS::IAM::Policy"):
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                if feature != "files" and "table/artist-booking-prod-files" in str(statement):
                    reading[feature] = statement["Action"], statement["Condition"]
    assert set(reading) == {"appointments", "consultations", "messaging", "profiles"}
    condition = {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["FILE#*"]},
        "ForAllValues:StringEquals": {
            "dynamodb:Attributes": ["pk", "sk", "owner_id", "clean_type"]
        },
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    assert all(each == ("dynamodb:GetItem", condition) for each in reading.values())


# ---- files ---------------------------------------------------------------------------------------


def role_of(template: dict[str, Any], function: str) -> str:
    """Return the logical id of a function's role."""
    (found,) = (
        one["Properties"]["Role"]["Fn::GetAtt"][0]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Lambda::Function"
        and one["Properties"]["FunctionName"].endswith(f"-{function}")
    )
    return str(found)


def of_type(template: dict[str, Any], type_: str) -> list[dict[str, Any]]:
    return [one for one in template["Resources"].values() if one["Type"] == type_]


def s3_statements(template: dict[str, Any], function: str) -> set[tuple[str, str]]:
    """Return what the role of a function may do below each prefix of the bucket."""
    role = role_of(template, function)
    allowed = set()
    for policy in of_type(template, "AWS::IAM::Policy"):
        if {"Ref": role} not in policy["Properties"]["Roles"]:
            continue
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            for where in map(str, as_list(statement["Resource"])):
                places = ("incoming/*", "imports/*", "clean/*", "exports/*/files.json", "exports/*")
                place = next((one for one in places if one in where), "bucket")
                actions = as_list(statement["Action"])
                allowed |= {(place, action) for action in actions if action.startswith("s3:")}
    return allowed


def test_only_the_inspector_reads_uploads_and_writes_clean_files(
    templates: Templates,
) -> None:
    template = templates["files"]
    (policy,) = (
        one["Properties"]["PolicyDocument"]["Statement"]
        for one in of_type(template, "AWS::S3::BucketPolicy")
        if "clean/" in str(one)
    )
    denied = {
        ("incoming" if "incoming/*" in str(statement["Resource"]) else "clean"): statement
        for statement in policy
        if statement["Effect"] == "Deny" and "aws:PrincipalArn" in str(statement)
    }
    assert set(as_list(denied["incoming"]["Action"])) == {"s3:GetObject", "s3:GetObjectVersion"}
    assert as_list(denied["clean"]["Action"]) == ["s3:PutObject"]
    inspector = {"Fn::GetAtt": [role_of(template, "inspector"), "Arn"]}
    for statement in denied.values():
        assert statement["Principal"] == {"AWS": "*"}
        assert statement["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": inspector}}


def test_each_function_of_files_has_only_the_bucket_permissions_it_needs(
    templates: Templates,
) -> None:
    allowed = {
        name: s3_statements(templates["files"], f"files-{name}")
        for name in ("api", "inspector", "sweeper", "events-worker", "outbox")
    }
    assert allowed == {
        "api": {
            ("incoming/*", "s3:PutObject"),
            ("incoming/*", "s3:AbortMultipartUpload"),
            ("incoming/*", "s3:ListMultipartUploadParts"),
            ("clean/*", "s3:GetObject"),
            ("exports/*", "s3:GetObject"),
        },
        "inspector": {
            ("incoming/*", "s3:GetObject"),
            ("clean/*", "s3:PutObject"),
            ("bucket", "s3:ListBucket"),
        },
        "sweeper": {
            ("incoming/*", "s3:DeleteObject"),
            ("incoming/*", "s3:AbortMultipartUpload"),
            ("imports/*", "s3:DeleteObject"),
            ("clean/*", "s3:DeleteObject"),
            ("clean/*", "s3:GetObject"),
            ("exports/*", "s3:GetObject"),
            ("exports/*", "s3:PutObject"),
            ("exports/*", "s3:DeleteObject"),
            ("exports/*", "s3:AbortMultipartUpload"),
            ("bucket", "s3:ListBucket"),
        },
        "events-worker": {
            ("exports/*/files.json", "s3:PutObject"),
            ("imports/*", "s3:GetObject"),
            ("incoming/*", "s3:PutObject"),
            ("exports/*", "s3:DeleteObject"),
            ("bucket", "s3:ListBucket"),
        },
        "outbox": set(),
    }


def test_buckets_are_private_encrypted_and_expire_unfinished_uploads(
    templates: Templates,
) -> None:
    buckets = of_type(templates["files"], "AWS::S3::Bucket")
    assert len(buckets) == 2  # the second one keeps the access log
    for bucket in buckets:
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert properties["BucketEncryption"]
        # S3 makes the ID of a rule without one anew; other endpoints refuse such a rule.
        assert all(rule["Id"] for rule in properties["LifecycleConfiguration"]["Rules"])
    (files,) = (one for one in buckets if "NotificationConfiguration" in one["Properties"])
    rules = files["Properties"]["LifecycleConfiguration"]["Rules"]
    expiry = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules}
    assert expiry == {"incoming/": 2, "imports/": 2, "exports/": 7}
    for rule in rules:
        assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2}
    (origins,) = (
        each["AllowedOrigins"] for each in files["Properties"]["CorsConfiguration"]["CorsRules"]
    )
    assert "*" not in origins


def test_s3_notifies_the_queue_without_a_custom_resource(templates: Templates) -> None:
    template = templates["files"]
    assert not [one for one in template["Resources"].values() if "Custom::" in one["Type"]]
    (bucket,) = (
        one
        for one in of_type(template, "AWS::S3::Bucket")
        if "NotificationConfiguration" in one["Properties"]
    )
    (notification,) = bucket["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    assert notification["Event"] == "s3:ObjectCreated:*"
    assert notification["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "incoming/"}]
    policies = [
        name
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::SQS::QueuePolicy" and "s3.amazonaws.com" in str(one)
    ]
    assert set(policies) <= set(as_list(bucket["DependsOn"]))
    assert policies


def test_the_inspector_has_memory_and_time_for_the_largest_file(templates: Templates) -> None:
    (inspector,) = (
        one
        for one in resources(templates, "AWS::Lambda::Function")
        if one["FunctionName"].endswith("-files-inspector")
    )
    assert (inspector["MemorySize"], inspector["Timeout"]) == (3008, 300)
    assert inspector["EphemeralStorage"] == {"Size": 1024}
    (queue,) = (
        one
        for one in resources(templates, "AWS::SQS::Queue")
        if one["QueueName"].endswith("-files-incoming")
    )
    assert queue["VisibilityTimeout"] == 6 * 300
