"""Deterministic zips: the same files make the same bytes, whenever and wherever."""

import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# The earliest date a zip can hold.
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_NOT_CODE = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store"}


@dataclass(frozen=True)
class File:
    """Content of a file in a zip, and whether it is executable."""

    content: bytes
    executable: bool = False


def read(directory: Path, below: str = "") -> dict[str, File]:
    """Read the files of a directory without caches, by their paths below the folder `below`."""
    return {
        (Path(below) / path.relative_to(directory)).as_posix(): File(
            path.read_bytes(), os.access(path, os.X_OK)
        )
        for path in directory.rglob("*")
        if path.is_file() and _NOT_CODE.isdisjoint(path.relative_to(directory).parts)
    }


def pack(files: Mapping[str, File]) -> bytes:
    """Pack the files: sorted names, one fixed date, and only the executable bit."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _FIXED_DATE)
            entry.external_attr = (0o755 if files[name].executable else 0o644) << 16
            archive.writestr(entry, files[name].content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(content: bytes) -> dict[str, File]:
    """Return the files of a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            entry.filename: File(archive.read(entry), bool(entry.external_attr >> 16 & 0o111))
            for entry in archive.infolist()
            if not entry.is_dir()
        }
