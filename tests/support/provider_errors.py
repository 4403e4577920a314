"""Marks of tests that meet an error of the social stand-ins' table."""

import ast
from collections.abc import Generator
from pathlib import Path

import pytest

from infra.local.standins.social.errors import answered

MARK = "provider_errors"
_TESTS = Path(__file__).resolve().parents[1]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a marked test in which a stand-in did not answer the errors that the mark names."""
    wanted = {str(name) for mark in item.iter_markers(MARK) for name in mark.args}
    if not wanted:
        return (yield)
    answered.forget()
    result = yield
    missing = wanted - answered.names()
    assert not missing, f"No stand-in answered {', '.join(sorted(missing))}."
    return result


def marked(folder: Path = _TESTS) -> dict[str, list[str]]:
    """Return the errors that tests are marked with, each with the files of these tests."""
    found: dict[str, list[str]] = {}
    for file in sorted(folder.rglob("test_*.py")):
        text = file.read_text()
        if f".{MARK}(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr == MARK:
                for argument in node.args:
                    assert isinstance(argument, ast.Constant), f"{file}: names are literals"
                    found.setdefault(str(argument.value), []).append(file.name)
    return found
