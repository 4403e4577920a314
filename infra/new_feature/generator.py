"""Generator of the files of a feature, and of its entries in lists that name every feature.

Each file below templates/ is a `string.Template` of a file of the repository. Its path may hold
`FEATURE`, `PATH` and `RECORD`, and its text the placeholders of `names.Names`.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from string import Template

from infra import features
from infra.new_feature.names import NameRefused, Names, require_free
from infra.paths import EVENTS, ROOT

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = ".template"


@dataclass(frozen=True)
class Entry:
    """Lines of a feature in a list that names something of every feature.

    Attributes:
        path: File of the list, which is sorted.
        opening: Line that opens the list; the next line that is a closing bracket ends it.
        lines: Templates of the lines that a new feature begins with.
        marks: Templates of what only lines about this feature contain.
    """

    path: str
    opening: str
    lines: tuple[str, ...]
    marks: tuple[str, ...]


ENTRIES = (
    Entry("tests/support/fake_aws.py", "FEATURE_TABLES = (", ('    "$path",',), ('"$path",',)),
    # Archives of a user's data wait for its share.
    Entry(
        "layers/shared/python/shared/data/exports.py",
        "FEATURES = (",
        ('    "$path",',),
        ('"$path",',),
    ),
)


def create(names: Names) -> list[Path]:
    """Create a feature.

    Returns:
        The files that are new or changed.

    Raises:
        NameRefused: The name is taken.
    """
    if names.feature in features.names():
        raise NameRefused(f"There is a feature {names.feature!r} already.")
    require_free(names.feature)
    texts = _texts(names)
    for path in texts:
        if path.exists():
            raise NameRefused(f"{path.relative_to(ROOT)} exists already.")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for entry in ENTRIES:
        _insert(entry, names)
    _format([path for path in texts if path.suffix == ".py"])
    return _relative([*texts, *(ROOT / entry.path for entry in ENTRIES)])


def remove(names: Names) -> list[Path]:
    """Remove a feature that `create` made, with everything that was added to it since.

    Returns:
        The files and folders that are gone or changed.

    Raises:
        NameRefused: The feature was not created from these templates.
    """
    texts = _texts(names)
    if not all(path.exists() for path in texts):
        raise NameRefused(f"{names.feature!r} is no feature that `make new-feature` created.")
    removed = [*texts, *(path for path in _contracts(names) if path not in texts)]
    for path in removed:
        path.unlink()
    for part in _folders():
        shutil.rmtree(ROOT / part / names.feature, ignore_errors=True)
    for entry in ENTRIES:
        _delete(entry, names)
    return _relative([*removed, *(ROOT / entry.path for entry in ENTRIES)])


def _texts(names: Names) -> dict[Path, str]:
    """Return the text of every file of the feature by its path."""
    placeholders = names.placeholders()
    return {
        _path(template, placeholders): Template(template.read_text()).substitute(placeholders)
        for template in sorted(TEMPLATES.rglob(f"*{SUFFIX}"))
    }


def _path(template: Path, placeholders: dict[str, str]) -> Path:
    path = template.relative_to(TEMPLATES).as_posix().removesuffix(SUFFIX)
    for token in ("feature", "path", "record"):
        path = path.replace(token.upper(), placeholders[token])
    return ROOT / path


def _folders() -> list[Path]:
    """Return the folders that hold a folder of every feature."""
    return sorted({folder.parent.relative_to(TEMPLATES) for folder in TEMPLATES.rglob("FEATURE")})


def _contracts(names: Names) -> list[Path]:
    """Return the contracts of the events that the feature publishes."""
    return [
        path
        for path in sorted(EVENTS.glob("*.json"))
        if json.loads(path.read_text()).get("producer") == names.feature
    ]


def _insert(entry: Entry, names: Names) -> None:
    lines = (ROOT / entry.path).read_text().splitlines()
    start = lines.index(entry.opening)
    end = next(number for number in range(start, len(lines)) if lines[number] in {"}", ")", "]"})
    listed = sorted([*lines[start + 1 : end], *_fill_in(entry.lines, names)])
    _write(entry, [*lines[: start + 1], *listed, *lines[end:]])


def _delete(entry: Entry, names: Names) -> None:
    marks = _fill_in(entry.marks, names)
    lines = (ROOT / entry.path).read_text().splitlines()
    _write(entry, [line for line in lines if not any(mark in line for mark in marks)])


def _write(entry: Entry, lines: list[str]) -> None:
    (ROOT / entry.path).write_text("\n".join(lines) + "\n")


def _fill_in(templates: Iterable[str], names: Names) -> list[str]:
    return [Template(template).substitute(names.placeholders()) for template in templates]


def _format(paths: list[Path]) -> None:
    """Sort imports and wrap lines, both of which depend on the name."""
    files = [str(path) for path in paths]
    for command in (["check", "--select=I", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *files], cwd=ROOT, check=True)


def _relative(paths: list[Path]) -> list[Path]:
    return [path.relative_to(ROOT) for path in paths]
