"""Creates and removes the files of a feature, and its entries in lists that name every feature.

Each file below templates/ is a `string.Template` of a file of the repository. Its path may hold
`FEATURE`, `PATH` and `RECORD`, and its text the placeholders of `names.Names`.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from string import Template

from infra import features
from infra.new_feature.names import NameRefused, Names, require_free
from infra.paths import ROOT

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = ".template"


@dataclass(frozen=True)
class Entry:
    """Lines of a feature in a list that names something of every feature.

    Attributes:
        path: File of the list.
        opening: Line that opens the list; the next line that is a closing bracket ends it.
        lines: Templates of the lines.
    """

    path: str
    opening: str
    lines: tuple[str, ...]


ENTRIES = (
    Entry(
        "tests/security/test_routes.py",
        "RULES = {",
        (
            '    ("GET", "/v1/$path/health"): OPEN,',
            '    ("GET", "/v1/$path"): SIGNED_IN,',
            '    ("POST", "/v1/$path"): SIGNED_IN,',
            '    ("GET", "/v1/$path/{id}"): SIGNED_IN,',
        ),
    ),
    Entry("tests/support/fake_aws.py", "FEATURE_TABLES = (", ('    "$path",',)),
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
        _insert(ROOT / entry.path, entry.opening, _lines(entry, names))
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
    for path in texts:
        path.unlink()
    folders = [ROOT / part / names.feature for part in _folders()]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    for entry in ENTRIES:
        _delete(ROOT / entry.path, _lines(entry, names))
    return _relative([*texts, *(ROOT / entry.path for entry in ENTRIES)])


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


def _lines(entry: Entry, names: Names) -> list[str]:
    placeholders = names.placeholders()
    return [Template(line).substitute(placeholders) for line in entry.lines]


def _insert(path: Path, opening: str, added: list[str]) -> None:
    lines = path.read_text().splitlines()
    start = lines.index(opening)
    end = next(number for number in range(start, len(lines)) if lines[number] in {"}", ")", "]"})
    path.write_text("\n".join([*lines[:end], *added, *lines[end:]]) + "\n")


def _delete(path: Path, added: list[str]) -> None:
    lines = [line for line in path.read_text().splitlines() if line not in added]
    path.write_text("\n".join(lines) + "\n")


def _format(paths: list[Path]) -> None:
    """Sort imports and wrap lines, both of which depend on the name."""
    files = [str(path) for path in paths]
    for command in (["check", "--select=I", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *files], cwd=ROOT, check=True)


def _relative(paths: list[Path]) -> list[Path]:
    return [path.relative_to(ROOT) for path in paths]
