"""Objectives as alarms, saved queries and dashboards; the alarms on a stack of their own."""

import json
import re
from typing import Any

import pytest
from aws_cdk import App, Stack

from infra.constructs.dashboards import BUSINESS
from infra.constructs.saved_queries import QUERIES
from infra.constructs.service_levels import SECTION, ServiceLevelAlarms
from infra.environments import ServiceLevel
from infra.paths import ROOT
from tests.infra.conftest import Templates, resources

PREFIX = "artist-booking-prod"
Alarms = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def alarms(tmp_path_factory: pytest.TempPathFactory) -> Alarms:
    """Return the alarms of one feature with its objectives, by name without the environment."""
    app = App(outdir=str(tmp_path_factory.mktemp("levels")))
    ServiceLevelAlarms(
        Stack(app, "levels"),
        prefix=PREFIX,
        feature="auth",
        level=ServiceLevel(),
        topic_arn="arn:aws:sns:us-east-1:000000000000:alarms",
    )
    template = app.synth().get_stack_by_name("levels").template
    found = [resource["Properties"] for resource in template["Resources"].values()]
    found = [one for one in found if "AlarmDescription" in one]
    names = [one.get("AlarmName") or one["CompositeAlarmName"] for one in found]
    return dict(zip((name.removeprefix(f"{PREFIX}-") for name in names), found, strict=True))


# A budget of 0.1 % of a month, times the rates of the SRE workbook.
@pytest.mark.parametrize(
    ("minutes", "share"),
    [(60, 0.0144), (5, 0.0144), (360, 0.006), (30, 0.006), (1440, 0.003), (120, 0.003)],
)
def test_a_share_of_5xx_is_the_rate_times_the_budget(
    alarms: Alarms, minutes: int, share: float
) -> None:
    alarm = alarms[f"auth-requesterrors-{minutes}-minutes"]
    assert alarm["Threshold"] == pytest.approx(share)
    assert (alarm["Statistic"], alarm["Period"]) == ("Average", minutes * 60)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert "AlarmActions" not in alarm


# A budget of 1 % that may be slower than a second.
@pytest.mark.parametrize(
    ("minutes", "percent"),
    [(60, 85.6), (5, 85.6), (360, 94), (30, 94), (1440, 97), (120, 97)],
)
def test_a_percentage_in_time_is_what_the_rate_leaves(
    alarms: Alarms, minutes: int, percent: float
) -> None:
    alarm = alarms[f"auth-latency-{minutes}-minutes"]
    assert alarm["Threshold"] == pytest.approx(percent)
    assert (alarm["ExtendedStatistic"], alarm["Period"]) == ("PR(:1000)", minutes * 60)
    assert alarm["ComparisonOperator"] == "LessThanOrEqualToThreshold"


def test_both_windows_of_a_rate_must_agree_and_only_composites_notify(alarms: Alarms) -> None:
    fast = json.dumps(alarms["auth-budget-burns-fast"]["AlarmRule"])
    slowly = json.dumps(alarms["auth-budget-burns-slowly"]["AlarmRule"])
    assert (fast.count(" AND "), fast.count(" OR ")) == (4, 3)
    assert (slowly.count(" AND "), slowly.count(" OR ")) == (2, 1)
    for name, alarm in alarms.items():
        composite = name.startswith("auth-budget-burns")
        assert ("AlarmActions" in alarm) == composite, name
        assert not composite or alarm["AlarmDescription"].endswith(
            f" See docs/runbook.md, {SECTION}."
        )
    assert f"### {SECTION}\n" in (ROOT / "docs" / "runbook.md").read_text()


def test_no_objective_is_paid_for_unless_it_is_named(prod: Templates) -> None:
    assert not resources(prod, "AWS::CloudWatch::CompositeAlarm")


# ---- saved queries and dashboards ----------------------------------------------------------------


def test_a_saved_query_reads_logs_that_exist_and_not_too_many(prod: Templates) -> None:
    groups = {group["LogGroupName"] for group in resources(prod, "AWS::Logs::LogGroup")}
    saved = resources(prod, "AWS::Logs::QueryDefinition")
    assert {one["Name"] for one in saved} == {f"{PREFIX}/{query.name}" for query in QUERIES}
    for one in saved:
        assert 1 <= len(one["LogGroupNames"]) <= 50, one["Name"]
        assert set(one["LogGroupNames"]) <= groups


def test_the_runbook_names_every_saved_query_and_no_other(prod: Templates) -> None:
    text = (ROOT / "docs" / "runbook.md").read_text()
    assert set(re.findall(r"query `([a-z-]+)`", text)) == {query.name for query in QUERIES}


def test_what_business_counts_is_published() -> None:
    types = {name for names in BUSINESS.values() for name in names}
    examples = {path.stem for path in (ROOT / "events" / "domain").glob("*.json")}
    assert types <= examples


def test_production_has_the_three_dashboards_that_are_free(
    prod: Templates, local: Templates
) -> None:
    shown = {
        one["DashboardName"]: json.dumps(one["DashboardBody"])
        for one in resources(prod, "AWS::CloudWatch::Dashboard")
    }
    assert set(shown) == {f"{PREFIX}-{name}" for name in ("business", "technical", "notifications")}
    groups = {group["LogGroupName"] for group in resources(prod, "AWS::Logs::LogGroup")}
    for body in shown.values():
        assert set(re.findall(r"/aws/lambda/[a-z-]+", body)) <= groups
    for feature in ("auth", "appointments", "social", "gateway"):
        assert f'\\"RequestErrors\\",\\"feature\\",\\"{feature}\\"' in shown[f"{PREFIX}-technical"]
    assert not resources(local, "AWS::Logs::QueryDefinition")


def test_every_command_of_the_runbook_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    used = set(re.findall(r"make ([a-z][a-z-]*)", (ROOT / "docs" / "runbook.md").read_text()))
    assert used <= targets
