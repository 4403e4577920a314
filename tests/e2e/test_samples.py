"""`make invoke` runs every sample in events/lambda/."""

from pathlib import Path

import pytest

from infra.operate.invoke import invoke
from infra.paths import ROOT
from tests.support.stack import RunningStack

SAMPLES = sorted((ROOT / "events" / "lambda").glob("*.json"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_runs(sample: Path, stack: RunningStack) -> None:
    function = stack.settings.prefix() + sample.name.split(".")[0]
    assert invoke(stack.settings.session(), function, sample)


def test_a_function_that_raises_is_reported(stack: RunningStack, tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.json"
    nonsense.write_text('{"email": 7}')
    function = f"{stack.settings.prefix()}auth-provision-user"
    assert not invoke(stack.settings.session(), function, nonsense)
