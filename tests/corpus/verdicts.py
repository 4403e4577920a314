"""Verdicts on the corpus: what the inspector says of each real file, by `make corpus`.

Not part of `make test`, which needs no network. `verdicts.json` lists, for each package, how many
files are clean, and why each of the others is not. After a change that is meant::

    python -m tests.corpus.verdicts      write it anew, to be read before it is committed
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from files import inspection
from files.models import File, FileStatus
from files.rules.file_types import FilePurpose
from tests.corpus.fetch import FOLDER, HERE, TYPES, sources

VERDICTS = HERE / "verdicts.json"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def present() -> list[str]:
    """Return the packages that were fetched; a registry may lack some of Debian's."""
    return [each.package for each in sources() if (FOLDER / each.package / each.sha256).exists()]


def inspect(path: Path) -> str:
    """Return `clean`, or the reason why a file is rejected."""
    with TemporaryDirectory() as folder:
        upload = Path(shutil.copy(path, Path(folder) / "upload"))
        content = upload.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        file = File(
            id="fil_1",
            owner_id="usr_1",
            purpose=FilePurpose.MESSAGE,
            name=path.name,
            content_type=TYPES[path.suffix.lower()],
            size=len(content),
            sha256=digest,
            status=FileStatus.INSPECTING,
            created_at=NOW,
            upload_until=NOW,
            reserved=0,
        )
        try:
            inspection.examine(file, upload, len(content), digest)
        except inspection.Rejected as rejected:
            return rejected.reason.value
        return "clean"


def judge(package: str) -> dict[str, Any]:
    """Return the verdicts on the files of a package."""
    verdicts = {path.name: inspect(path) for path in find_files(package)}
    rejected = {name: verdict for name, verdict in verdicts.items() if verdict != "clean"}
    return {"clean": len(verdicts) - len(rejected), "rejected": rejected}


def find_files(package: str) -> Iterator[Path]:
    """Yield the files of a package in order."""
    paths = sorted((FOLDER / package).iterdir())
    return (path for path in paths if path.suffix.lower() in TYPES)


@pytest.mark.filterwarnings("ignore::UserWarning")  # of decoders, about oddities of real files
@pytest.mark.parametrize("package", present())
def test_real_files_get_the_expected_verdicts(package: str) -> None:
    expected = json.loads(VERDICTS.read_text())
    assert judge(package) == expected[package]


def test_the_corpus_was_fetched() -> None:
    assert len(present()) >= 10, "run `make corpus`"


if __name__ == "__main__":
    verdicts = {package: judge(package) for package in present()}
    VERDICTS.write_text(json.dumps(verdicts, indent=2) + "\n")
    clean = sum(each["clean"] for each in verdicts.values())
    print(
        f"{clean} of {clean + sum(len(each['rejected']) for each in verdicts.values())} are clean"
    )
