"""Everything that can fail is seen by an alarm, and nothing idle raises one."""

import re
from typing import Any

import pytest

from gateway.use_cases.monitoring import HEARTBEAT_WITHIN, LOOK_BACK, Watched, unpack
from infra import features
from infra.environments import ENVIRONMENTS
from infra.paths import ROOT
from infra.watched import MAX_BYTES
from infra.watched import watched as pack_declared
from shared.platform.config import path_name
from tests.infra.conftest import Templates, resources

PREFIX = "artist-booking-prod-"
RUNBOOK = ROOT / "docs" / "runbook.md"


def alarms(templates: Templates) -> dict[str, dict[str, Any]]:
    """Return the alarms by their names without the environment."""
    found = resources(templates, "AWS::CloudWatch::Alarm")
    return {alarm["AlarmName"].removeprefix(PREFIX): alarm for alarm in found}


def named(templates: Templates, type_: str, name: str) -> set[str]:
    """Return the names of all resources of a type, without the environment."""
    return {one[name].removeprefix(PREFIX) for one in resources(templates, type_)}


def watched(templates: Templates) -> dict[str, Watched]:
    """Return what the deployed monitor watches."""
    (monitor,) = (
        function
        for function in resources(templates, "AWS::Lambda::Function")
        if function["FunctionName"] == f"{PREFIX}gateway-monitor"
    )
    text = monitor["Environment"]["Variables"]["WATCHED"]
    return unpack(text)


def scheduled(templates: Templates) -> dict[str, dict[str, Any]]:
    """Return the rules by the names of the functions that they run."""
    return {
        found[target["Arn"]["Fn::GetAtt"][0]]["Properties"]["FunctionName"]: rule["Properties"]
        for found in (template["Resources"] for template in templates.values())
        for rule in found.values()
        if rule["Type"] == "AWS::Events::Rule"
        for target in rule["Properties"]["Targets"]
    }


def of_all(prod: Templates, part: str) -> set[str]:
    found: list[str] = [name for one in watched(prod).values() for name in getattr(one, part)]
    assert len(found) == len(set(found))
    return set(found)


def test_every_stack_of_functions_has_the_alarm_of_its_feature(prod: Templates) -> None:
    for stack in set(prod) - {"foundation"}:
        alarm = alarms(prod)[f"{stack}-failures"]
        assert (alarm["Namespace"], alarm["MetricName"]) == ("artist-booking-prod", "Failures")
        assert alarm["Dimensions"] == [{"Name": "feature", "Value": stack}]
        assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Sum", 1, 300)
        assert alarm["EvaluationPeriods"] == 1
    assert set(watched(prod)) == set(prod) - {"foundation"}


def test_functions_emit_under_the_name_that_the_alarm_looks_at(prod: Templates) -> None:
    for stack, template in prod.items():
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                variables = resource["Properties"]["Environment"]["Variables"]
                assert variables["RESOURCE_PREFIX"] == "artist-booking-prod"
                service = path_name(variables["POWERTOOLS_SERVICE_NAME"])
                assert service in (stack, "authorizer")


def test_crashes_timeouts_and_throttles_of_every_function_are_seen(prod: Templates) -> None:
    functions = named(prod, "AWS::Lambda::Function", "FunctionName")
    assert of_all(prod, "functions") == functions
    for feature, parts in watched(prod).items():
        deployed = named({feature: prod[feature]}, "AWS::Lambda::Function", "FunctionName")
        assert set(parts.functions) == deployed


def test_three_times_as_many_features_can_be_watched() -> None:
    apps = features.load_all()
    more = {f"{name}_{copy}": app for name, app in apps.items() for copy in ("two", "three")}
    assert len(pack_declared(apps | more)) < MAX_BYTES


def test_all_dead_letters_and_the_age_of_every_queue_are_seen(prod: Templates) -> None:
    queues = named(prod, "AWS::SQS::Queue", "QueueName")
    working = of_all(prod, "queues")
    dead = {f"{name}-dlq" for name in working | of_all(prod, "streams")}
    assert working | dead == queues


def test_every_schedule_has_a_heartbeat(prod: Templates) -> None:
    rules = scheduled(prod)
    del rules[f"{PREFIX}gateway-monitor"]
    assert {PREFIX + name for name in of_all(prod, "schedules")} == set(rules)
    for rule in rules.values():
        assert rule["ScheduleExpression"] == "rate(1 minute)"


def test_every_outbox_has_an_age(prod: Templates) -> None:
    readers = {
        mapping["FunctionName"]["Ref"]
        for mapping in resources(prod, "AWS::Lambda::EventSourceMapping")
        if "StartingPosition" in mapping
    }
    functions = {
        id_: one["Properties"]["FunctionName"].removeprefix(PREFIX)
        for template in prod.values()
        for id_, one in template["Resources"].items()
        if one["Type"] == "AWS::Lambda::Function"
    }
    assert of_all(prod, "streams") == {functions[reader] for reader in readers}


def test_the_monitor_runs_more_often_than_it_looks_back(prod: Templates, local: Templates) -> None:
    rule = scheduled(prod)[f"{PREFIX}gateway-monitor"]
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(5 minutes)", "ENABLED")
    assert LOOK_BACK.total_seconds() >= 600
    assert HEARTBEAT_WITHIN >= LOOK_BACK
    at_home = scheduled(local)["artist-booking-local-gateway-monitor"]
    assert at_home["State"] == "DISABLED"  # nobody counts there


def test_only_the_silence_of_the_monitor_is_an_alarm(prod: Templates) -> None:
    for name, alarm in alarms(prod).items():
        breaching = name == "gateway-monitor"
        assert alarm["TreatMissingData"] == ("breaching" if breaching else "notBreaching"), name
    monitor = alarms(prod)["gateway-monitor"]
    assert (monitor["Namespace"], monitor["MetricName"]) == ("AWS/Lambda", "Errors")
    assert (monitor["EvaluationPeriods"], monitor["Period"], monitor["Threshold"]) == (3, 300, 1)


@pytest.mark.parametrize(
    ("name", "metric", "threshold"),
    [
        ("gateway-5xx", "Sum of 5XXError", "1 in 1 period"),
        ("gateway-latency", "p95 of Latency", "5000 in 3 periods"),
        ("messaging-live-errors", "Sum of ExecutionError", "1 in 1 period"),
    ],
)
def test_api_gateway_is_watched(prod: Templates, name: str, metric: str, threshold: str) -> None:
    alarm = alarms(prod)[name]
    assert alarm["Namespace"] == "AWS/ApiGateway"
    statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
    assert f"{statistic} of {alarm['MetricName']}" == metric
    periods = alarm["EvaluationPeriods"]
    plural = "s" if periods > 1 else ""
    assert f"{alarm['Threshold']} in {periods} period{plural}" == threshold
    if name.startswith("gateway"):
        assert alarm["Dimensions"] == [{"Name": "ApiName", "Value": "artist-booking-prod"}]
        (api,) = resources(prod, "AWS::ApiGateway::RestApi")
        assert api["Name"] == "artist-booking-prod"


def test_every_alarm_notifies_the_topic_and_names_its_section(prod: Templates) -> None:
    headings = re.findall(r"^## (.+)$", RUNBOOK.read_text(), re.MULTILINE)
    for alarm in alarms(prod).values():
        (action,) = alarm["AlarmActions"]
        assert "artist-booking-prod-alarms" in str(action)
        meaning, _, section = alarm["AlarmDescription"].partition(" See docs/runbook.md, ")
        assert meaning
        assert section.removesuffix(".") in headings


def test_every_alarm_has_its_row_in_the_runbook(prod: Templates) -> None:
    rows = set(re.findall(r"^\| `…-([^`]+)` \|", RUNBOOK.read_text(), re.MULTILINE))
    per_feature = {f"{stack}-failures" for stack in set(prod) - {"foundation"}}
    of_features = {"<feature>-failures", "<feature>-budget-burns-fast"}
    assert set(alarms(prod)) - per_feature == rows - of_features


def test_every_section_that_the_table_of_alarms_names_is_there(prod: Templates) -> None:
    text = RUNBOOK.read_text()
    table = text.partition("## What alarms mean and what to do")[2].partition("\n\n")[0]
    named_sections = re.findall(r'"([^"]+)" \|', table)
    assert len(named_sections) == 8
    assert set(named_sections) <= set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert prod


@pytest.mark.parametrize(
    ("name", "query", "threshold"),
    [
        ("notifications-failed", "SELECT SUM(DeliveryFailed)", "10 in 1"),
        ("notifications-late", "SELECT AVG(EventToAccept)", "60000 in 3"),
    ],
)
def test_deliveries_are_watched(prod: Templates, name: str, query: str, threshold: str) -> None:
    alarm = alarms(prod)[name]
    (metric,) = alarm["Metrics"]
    assert metric["Expression"] == f'{query} FROM SCHEMA("artist-booking-prod", channel)'
    assert f"{alarm['Threshold']} in {alarm['EvaluationPeriods']}" == threshold
    assert alarm["TreatMissingData"] == "notBreaching"


def test_a_dashboard_shows_deliveries(prod: Templates) -> None:
    (dashboard,) = (
        one
        for one in resources(prod, "AWS::CloudWatch::Dashboard")
        if one["DashboardName"] == "artist-booking-prod-notifications"
    )
    shown = str(dashboard["DashboardBody"])
    for metric in ("DeliverySent", "DeliveryDelivered", "DeliveryFailed", "EventToAccept"):
        for channel in ("email", "sms", "push"):
            assert f'"artist-booking-prod","{metric}","channel","{channel}"' in shown


def test_sweepers_and_workers_begin_no_traces(prod: Templates) -> None:
    for function in resources(prod, "AWS::Lambda::Function"):
        public = re.search(r"-(api|authorize|connect|frame|disconnect)$", function["FunctionName"])
        mode = function["TracingConfig"]["Mode"]
        assert mode == ("Active" if public else "PassThrough"), function["FunctionName"]


# ---- concurrency ---------------------------------------------------------------------------------


# At nine in the morning they have hundreds of thousands to send (docs/scale.md).
SENDING_REMINDERS = {"notifications-email-worker": 20, "notifications-push-worker": 16}


def test_every_event_source_has_a_maximum_concurrency(prod: Templates) -> None:
    """Either of its own, or its worker has one: that is polled less while it is empty."""
    own: set[str] = set()
    for template in prod.values():
        found = template["Resources"]
        for resource in found.values():
            if resource["Type"] != "AWS::Lambda::EventSourceMapping":
                continue
            mapping = resource["Properties"]
            worker = found[mapping["FunctionName"]["Ref"]]["Properties"]
            if "StartingPosition" in mapping:
                assert (mapping["ParallelizationFactor"], mapping["BatchSize"]) == (1, 100)
            elif "ScalingConfig" in mapping:
                name = worker["FunctionName"].removeprefix(PREFIX)
                maximum = SENDING_REMINDERS.get(name, 10)
                assert mapping["ScalingConfig"] == {"MaximumConcurrency": maximum}
                # Reserved concurrency below the maximum would throttle it.
                assert "ReservedConcurrentExecutions" not in worker
                own.add(name)
            else:
                assert worker["ReservedConcurrentExecutions"] == 16
    assert own == {
        "files-inspector",
        "messaging-delivery-worker",
        "notifications-email-worker",
        "notifications-push-worker",
        "notifications-sms-worker",
    }


def test_maxima_are_of_queues_that_exist(prod: Templates) -> None:
    queues = named(prod, "AWS::SQS::Queue", "QueueName")
    assert set(ENVIRONMENTS["prod"].concurrency.by_queue) <= queues


def test_load_on_one_feature_leaves_the_others_their_concurrency(prod: Templates) -> None:
    """Of 1,000 that an account has by default, AWS keeps 100 unreserved."""
    functions = resources(prod, "AWS::Lambda::Function")
    reserved = {
        function["FunctionName"].removeprefix(PREFIX): function["ReservedConcurrentExecutions"]
        for function in functions
        if "ReservedConcurrentExecutions" in function
    }
    public = {
        function["FunctionName"].removeprefix(PREFIX)
        for function in functions
        if function["TracingConfig"]["Mode"] == "Active"
    }
    assert public <= set(reserved)
    assert all(name.endswith("worker") for name in set(reserved) - public)
    assert reserved["authorizer-authorize"] == 80
    assert reserved["gateway-api"] == 40
    assert reserved["policies-api"] == 25
    workers = sum(
        mapping["ScalingConfig"]["MaximumConcurrency"]
        for mapping in resources(prod, "AWS::Lambda::EventSourceMapping")
        if "ScalingConfig" in mapping
    )
    assert sum(reserved.values()) + workers <= 900


@pytest.mark.parametrize("name", ["local", "dev"])
def test_small_accounts_reserve_nothing(name: str) -> None:
    concurrency = ENVIRONMENTS[name].concurrency
    assert {concurrency.reserved(group) for group in features.names()} == {None}
