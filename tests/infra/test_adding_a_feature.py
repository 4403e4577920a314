"""docs/adding-a-feature.md works as it stands: its blocks are applied and its commands are run."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from infra.paths import ROOT
from tests.infra import project

GUIDE = ROOT / "docs" / "adding-a-feature.md"
BLOCK = re.compile(
    r"(?:^`(?P<path>[^`\n]+)`(?:, (?P<place>[a-z ]+))?:\n\n)?"
    r"^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)

# Its entries name relative paths, so the cache of this project serves the copy as well.
CACHE = {"MYPY_CACHE_DIR": str(ROOT / ".mypy_cache")}


class Block(NamedTuple):
    """A fenced block of the guide, and the line above it that says where it belongs."""

    path: str | None
    place: str | None
    language: str
    text: str


def blocks() -> Iterator[Block]:
    for match in BLOCK.finditer(GUIDE.read_text()):
        yield Block(match["path"], match["place"], match["language"], match["text"])


def apply(copy: Path, block: Block) -> None:
    """Do what the block says: run it, write it, append it or make its changes."""
    if block.path is None:
        assert block.language == "sh"
        ended = project.run(copy, "bash", "-euo", "pipefail", "-c", block.text, **CACHE)
        assert ended.returncode == 0, block.text + ended.stdout + ended.stderr
        return
    path = copy / block.path
    if block.place is None:
        assert not path.exists(), f"{block.path} is not new"
        path.write_text(block.text)
    elif block.place == "at the end":
        path.write_text(f"{path.read_text()}\n\n{block.text}")
    else:
        assert (block.place, block.language) == ("changed", "diff")
        path.write_text(changed(path.read_text(), block.text))


def changed(text: str, diff: str) -> str:
    """Apply a diff without line numbers: each part names lines that stand there exactly once."""
    for part in diff.split("@@\n"):
        lines = part.splitlines(keepends=True)
        before = "".join(line[1:] or "\n" for line in lines if not line.startswith("+"))
        after = "".join(line[1:] or "\n" for line in lines if not line.startswith("-"))
        assert text.count(before) == 1, f"not there exactly once:\n{before}"
        text = text.replace(before, after)
    return text


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copied = project.copy_to(tmp_path_factory.mktemp("guide") / "project")
    for name in (
        "requirements/dev.txt",
        "package-lock.json",
        "docs/examples/web/package-lock.json",
    ):
        os.utime(copied / name, (0, 0))  # what is installed is up to date: `make` installs nothing
    assert project.run(copied, "make", "generate").returncode == 0
    return copied


def test_the_guide_can_be_followed_literally(copy: Path) -> None:
    before = project.contents(copy)
    steps = list(blocks())
    assert len(steps) == GUIDE.read_text().count("\n```") / 2
    for block in steps:
        apply(copy, block)
    assert project.contents(copy) == before
