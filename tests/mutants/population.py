"""Population of mutants: every place of the code that may be changed, and a seeded sample of it."""

import ast
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.work_item import MutationSpec, WorkItem

from infra.paths import ROOT
from tests.mutants import operators, trial

# What an application declares is compared with its contracts by other tests.
_NOT_MUTATED = {"app.py", "schemas.py", "events.py", "models.py", "docstrings.py"}
_NOT_MUTATED_FOLDERS = {"schemas", "models", "docs"}


class Place(msgspec.Struct, frozen=True, order=True):
    """A place where operators of Cosmic Ray change a module, from 1 and 0."""

    module: str
    line: int
    column: int


def list_modules(features: Sequence[str]) -> list[str]:
    """List the modules to mutate: all, or those of some features (`shared` is the layer)."""
    layer = ROOT / "layers" / "shared" / "python"
    files = [*(ROOT / "functions").rglob("*.py"), *layer.rglob("*.py")]
    names = sorted(str(file.relative_to(ROOT)) for file in files if _is_mutated(file))
    return [name for name in names if not features or find_feature(name) in features]


def find_feature(module: str) -> str:
    """Return the feature of a module; `shared` for the layer."""
    parts = Path(module).parts
    return parts[1] if parts[0] == "functions" else "shared"


def draw(modules: Sequence[str], seed: int, count: int) -> list[WorkItem]:
    """Draw a sample: `count` places, each with one of the changes that are possible there.

    Places are drawn rather than changes, because some places can be changed in many ways.
    """
    places: dict[Place, list[MutationSpec]] = defaultdict(list)
    for module in modules:
        for specification in _list_mutations(module):
            line, column = specification.start_pos
            places[Place(module, line, column)].append(specification)
    chance = random.Random(seed)
    drawn: list[WorkItem] = []
    for place in chance.sample(sorted(places), len(places)):
        specification = chance.choice(places[place])
        if len(drawn) < count and _compiles(specification):
            drawn.append(WorkItem.single(f"{seed}-{len(drawn):04}", specification))
    return drawn


def _compiles(specification: MutationSpec) -> bool:
    """Check whether a mutant is Python: the `*` of a declaration is no multiplication."""
    changed = trial.mutate((ROOT / specification.module_path).read_text(), specification)
    try:
        ast.parse(changed or "?")
    except SyntaxError:
        return False
    return True


def _is_mutated(file: Path) -> bool:
    return file.name not in _NOT_MUTATED and not _NOT_MUTATED_FOLDERS & set(file.parts)


def _list_mutations(module: str) -> Iterator[MutationSpec]:
    source = (ROOT / module).read_text()
    excluded = _list_type_lines(source)
    counts: Counter[str] = Counter()
    built = operators.build()
    for node in ast_nodes(get_ast(source)):
        for name, operator in built.items():
            for start, end in operator.mutation_positions(node):
                occurrence = counts[name]
                counts[name] += 1
                if not any(first <= start < last for first, last in excluded):
                    yield MutationSpec(module, name, occurrence, start, end)


def _list_type_lines(source: str) -> list[tuple[Any, Any]]:
    """List the ranges of annotations, which the program does not run."""
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign | ast.arg):
            found.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            found.append(node.returns)
    return [
        ((each.lineno, each.col_offset), (each.end_lineno, each.end_col_offset))
        for each in found
        if each is not None
    ]
