"""Declarations: everything that the templates are made from besides the code that functions run.

    infra/, layers/    all code but comments, docstrings and annotations of the layout
    requirements …     as they are
    functions/         what the apps declare with Chalice's decorators, and the modules that infra/
                       imports; not what happens inside of functions

While the digest stays the same, a synthesis would differ only in its code assets.
"""

import ast
import hashlib
import os
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

from infra import features

_CODE = ("infra", "layers")
_NOT_SYNTHESIZED = ("infra/local", "infra/localstack")
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_FILES = ("requirements", "cdk.json", "package-lock.json", "pyproject.toml")


def digest(root: Path) -> str:
    """Return a hash of all declarations of the project in `root`, whose apps it imports."""
    found = hashlib.sha256()
    for part in _parts(root):
        found.update(f"{part}\0".encode())
    return found.hexdigest()


def describe(value: Any, above: tuple[int, ...] = ()) -> str:
    """Describe a declared object: values as they are, functions and types by their names.

    Args:
        value: The object.
        above: Ids of the objects that hold it, so that a circle ends.
    """
    if isinstance(value, FunctionType | MethodType | type):
        return f"{value.__module__}.{value.__qualname__}"
    if value is None or isinstance(value, str | bytes | int | float | Enum):
        return repr(value)
    if id(value) in above or value is os.environ:  # Chalice keeps it, and infra/ reads none of it
        return "…"
    above = (*above, id(value))
    if isinstance(value, list | tuple | set | frozenset):
        items = [describe(item, above) for item in value]
        return f"[{', '.join(items if isinstance(value, list | tuple) else sorted(items))}]"
    if isinstance(value, Mapping):
        entries = sorted(f"{key!r}: {describe(item, above)}" for key, item in value.items())
        return f"{{{', '.join(entries)}}}"
    names = [*getattr(value, "__dict__", ()), *getattr(value, "__struct_fields__", ())]
    attributes = {name: getattr(value, name) for name in names}
    return f"{type(value).__qualname__} {describe(attributes, above)}"


def code_of(source: str) -> str:
    """Return what Python code says, without its comments, layout and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node):
            del node.body[0]
    return ast.dump(tree)


def _parts(root: Path) -> Iterator[str]:
    left_out = [root / name for name in _NOT_SYNTHESIZED]
    files = [
        file
        for file in _files(root, *_CODE)
        if not any(file.is_relative_to(folder) for folder in left_out)
    ]
    for file in [*_files(root, *_FILES), *files, *_imported_modules(root, files)]:
        text = file.read_text()
        yield f"{file.relative_to(root)} {code_of(text) if file.suffix == '.py' else text}"
    for name, app in features.load_all().items():
        yield f"{name} {describe(app)}"


def _files(root: Path, *names: str) -> list[Path]:
    found = []
    for name in names:
        found += [root / name] if (root / name).is_file() else sorted((root / name).rglob("*"))
    return [file for file in found if file.is_file() and "__pycache__" not in file.parts]


def _imported_modules(root: Path, code: list[Path]) -> list[Path]:
    """Return the modules under functions/ that these files import."""
    names = set()
    for file in code:
        if file.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    modules = [root / "functions" / name.replace(".", "/") for name in sorted(names)]
    files = [file for path in modules for file in (path.with_suffix(".py"), path / "__init__.py")]
    return [file for file in files if file.is_file()]
