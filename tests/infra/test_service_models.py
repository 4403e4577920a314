"""Shipped service models are small, and still do what the code asks of them."""

import shutil
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from botocore.loaders import Loader
from botocore.stub import Stubber

from infra import service_models

DATA = Path(botocore.__file__).parent / "data"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder of packages with botocore's model of Systems Manager, trimmed."""
    shutil.copytree(DATA / "ssm", tmp_path / "botocore" / "data" / "ssm")
    service_models.trim(tmp_path)
    return tmp_path


def client(packages: Path) -> Any:
    session = botocore.session.Session()
    loader = Loader(extra_search_paths=[str(DATA)], include_default_search_paths=False)
    loader.search_paths.insert(0, str(packages / "botocore" / "data"))
    session.register_component("data_loader", loader)
    return session.create_client(
        "ssm", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


def test_the_trimmed_model_reads_a_parameter_and_knows_its_errors(packages: Path) -> None:
    ssm = client(packages)
    with Stubber(ssm) as stubber:
        value = {"Parameter": {"Name": "x", "Value": "{}"}}
        stubber.add_response("get_parameter", value, {"Name": "x", "WithDecryption": True})
        assert ssm.get_parameter(Name="x", WithDecryption=True)["Parameter"]["Value"] == "{}"
        stubber.add_client_error("get_parameter", "ParameterNotFound")
        with pytest.raises(ssm.exceptions.ParameterNotFound):
            ssm.get_parameter(Name="x")


def test_it_has_no_other_operation_and_a_twentieth_of_the_size(packages: Path) -> None:
    assert client(packages).meta.service_model.operation_names == ["GetParameter"]
    (trimmed,) = (packages / "botocore" / "data" / "ssm").glob("*/service-2.json.gz")
    (whole,) = (DATA / "ssm").glob("*/service-2.json.gz")
    assert trimmed.stat().st_size * 20 < whole.stat().st_size


def test_every_operation_that_ships_is_one_that_the_code_calls() -> None:
    assert service_models.OPERATIONS == {"ssm": ("GetParameter",)}
