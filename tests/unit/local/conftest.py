"""Settings of a stack that is not started as a whole."""

from pathlib import Path

import pytest

from infra.local.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.on_free_ports(tmp_path / "local", root=tmp_path)
