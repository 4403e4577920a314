"""The threat model: complete by STRIDE, and every line names a test that exists."""

import ast
import re
from functools import lru_cache

import pytest

from infra.paths import ROOT

TEXT = (ROOT / "docs" / "security.md").read_text()
BOUNDARIES = {
    section.partition("\n")[0]: section
    for section in TEXT.split("\n## ")[1:]
    if not section.startswith("Accepted")
}
LINE = re.compile(r"^\| ([A-Z]) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@lru_cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_no_boundary_leaves_out_a_kind_of_threat(boundary: str) -> None:
    assert {kind for kind, *_ in LINE.findall(BOUNDARIES[boundary])} == set("STRIDE")


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_every_line_names_tests_that_exist(boundary: str) -> None:
    lines = LINE.findall(BOUNDARIES[boundary])
    assert len(lines) == BOUNDARIES[boundary].count("\n| ") - 1  # the header is no threat
    for _, threat, _, named in lines:
        found = TEST.findall(named)
        assert found, threat
        for file, name in found:
            assert (ROOT / file).exists(), (threat, file)
            assert name.startswith("test_"), (threat, name)
            assert name in names_in(file), (threat, f"{file}::{name}")
