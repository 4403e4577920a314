"""The same files make the same zip, byte by byte."""

import os
from pathlib import Path

from infra.local import zips


def write(directory: Path, names: list[str]) -> Path:
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")
    return directory


def test_place_time_and_order_do_not_matter(tmp_path: Path) -> None:
    one = write(tmp_path / "one", ["a/x.py", "b.py"])
    other = write(tmp_path / "other", ["b.py", "a/x.py"])
    os.utime(other / "b.py", (0, 0))
    assert zips.pack(zips.read(one)) == zips.pack(zips.read(other))


def test_content_names_and_executability_matter(tmp_path: Path) -> None:
    original = zips.pack(zips.read(write(tmp_path / "original", ["a.py"])))
    changed = write(tmp_path / "changed", ["a.py"])
    (changed / "a.py").write_text("other content")
    renamed = write(tmp_path / "renamed", ["b.py"])
    executable = write(tmp_path / "executable", ["a.py"])
    (executable / "a.py").chmod(0o755)
    different = {zips.pack(zips.read(each)) for each in (changed, renamed, executable)}
    assert len(different | {original}) == 4


def test_caches_stay_out(tmp_path: Path) -> None:
    write(tmp_path, ["auth/app.py", "auth/__pycache__/app.pyc", ".ruff_cache/x"])
    assert list(zips.read(tmp_path)) == ["auth/app.py"]


def test_files_can_be_put_into_a_folder(tmp_path: Path) -> None:
    write(tmp_path, ["app.py"])
    assert list(zips.read(tmp_path, below="auth")) == ["auth/app.py"]


def test_unpacking_gives_what_was_packed() -> None:
    files = {"a/b": zips.File(b"1", executable=True), "c": zips.File(b"2")}
    assert zips.unpack(zips.pack(files)) == files
