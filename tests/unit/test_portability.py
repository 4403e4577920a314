"""Table of docs/portability.md, as tests read it."""

import json
from pathlib import Path

import pytest

from tests.e2e.test_portability import PROBES
from tests.support import portability
from tests.support.portability import Target, capabilities, target_of_tests, why_missing


def test_every_row_has_a_probe() -> None:
    assert list(capabilities()) == list(PROBES)
    assert all(reasons[Target.AWS] is None for reasons in capabilities().values())


def test_the_reason_of_the_table_is_why_a_test_is_skipped() -> None:
    assert why_missing(("websockets",), Target.EMBEDDED) is None
    reason = why_missing(("authorizers", "websockets"), Target.HOST)
    assert reason == "LocalStack host: API Gateway v2 answers 501, so clients poll"
    with pytest.raises(KeyError, match="teleport"):
        why_missing(("teleport",), Target.AWS)


def test_a_cell_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="neither `yes` nor `no: `"):
        portability._reason("no")


@pytest.mark.parametrize(
    ("description", "target"),
    [
        ({"kind": "localstack", "runtime": "processes"}, Target.HOST),
        ({"kind": "localstack", "runtime": "containers"}, Target.LICENSED),
        ({"kind": "ministack", "runtime": "containers"}, Target.EMBEDDED),
    ],
)
def test_the_described_stack_is_the_target(
    tmp_path: Path, description: dict[str, str], target: Target
) -> None:
    file = tmp_path / "stack.json"
    file.write_text(json.dumps(description))
    assert target_of_tests({"STACK": str(file)}) is target
    assert target_of_tests({}) is Target.EMBEDDED
