"""Shipped service models are small, and still do what the code asks of them."""

import gzip
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from botocore.loaders import Loader
from botocore.stub import Stubber

from infra import service_models

DATA = Path(botocore.__file__).parent / "data"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models of the services that are trimmed, uncompressed as they ship."""
    folder = tmp_path_factory.mktemp("data")
    for service in service_models.OPERATIONS:
        shutil.copytree(DATA / service, folder / service)
    for path in folder.rglob("*.json.gz"):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    service_models.trim(folder)
    return folder


def client(service: str, data: Path) -> Any:
    session = botocore.session.Session()
    loader = Loader(extra_search_paths=[str(DATA)], include_default_search_paths=False)
    loader.search_paths.insert(0, str(data))
    session.register_component("data_loader", loader)
    return session.create_client(
        service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


def test_a_trimmed_model_reads_a_parameter_and_knows_its_errors(data: Path) -> None:
    ssm = client("ssm", data)
    with Stubber(ssm) as stubber:
        value = {"Parameter": {"Name": "x", "Value": "{}"}}
        stubber.add_response("get_parameter", value, {"Name": "x", "WithDecryption": True})
        assert ssm.get_parameter(Name="x", WithDecryption=True)["Parameter"]["Value"] == "{}"
        stubber.add_client_error("get_parameter", "ParameterNotFound")
        with pytest.raises(ssm.exceptions.ParameterNotFound):
            ssm.get_parameter(Name="x")


def test_a_trimmed_model_reads_metrics(data: Path) -> None:
    cloudwatch = client("cloudwatch", data)
    with Stubber(cloudwatch) as stubber:
        stubber.add_response("get_metric_statistics", {"Datapoints": [{"Sum": 1.0}]})
        answer = cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Errors",
            StartTime=NOON,
            EndTime=NOON,
            Period=60,
            Statistics=["Sum"],
        )
        assert answer["Datapoints"] == [{"Sum": 1.0}]


@pytest.mark.parametrize("service", service_models.OPERATIONS)
def test_no_other_operation_ships_and_a_quarter_of_the_model_at_most(
    service: str, data: Path
) -> None:
    operations = client(service, data).meta.service_model.operation_names
    assert set(operations) == set(service_models.OPERATIONS[service])
    (trimmed,) = (data / service).glob("*/service-2.json")
    (whole,) = (DATA / service).glob("*/service-2.json.gz")
    assert trimmed.stat().st_size * 4 < len(gzip.decompress(whole.read_bytes()))
