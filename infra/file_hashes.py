"""Hash of files by their names and contents."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def hash_files(folder: Path, files: Iterable[Path]) -> str:
    """Return a hash of files: of their paths below a folder, and of what is in them."""
    digest = hashlib.sha256()
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()
