"""Readiness of the features whose only dependencies are a table and keys."""

from importlib import import_module

import pytest

from files.store import table as files
from tests.support import aws_calls
from tests.support.gateway import client_for
from tests.support.readiness import assert_outages_are_named, table_outage

FEATURES = [
    *("appointments", "consultations", "files", "policies", "profiles", "quick_actions", "social"),
]


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_is_ready_when_its_table_answers(aws: None, feature: str) -> None:
    if feature == "files":
        files.RecordItem.create_table()
    client = client_for(import_module(f"{feature}.app").app)
    path = f"/v1/{feature.replace('_', '-')}/health"
    assert_outages_are_named(client, path, table_outage())


def test_accounts_are_ready_when_table_and_keys_answer(aws: None) -> None:
    outages = table_outage() | {"kms": aws_calls.failing("GetPublicKey", ConnectionError("down"))}
    assert_outages_are_named(client_for(import_module("auth.app").app), "/v1/auth/health", outages)
