"""Mutants: what is changed, by which sample, and on which tests it is tried."""

import gc
import runpy
import tomllib
import weakref
from pathlib import Path
from typing import Any

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from infra.paths import ROOT
from tests.mutants import __main__ as command
from tests.mutants import operators, population, selection, warm

RULES = "functions/files/rules/file_types.py"
EQUIVALENTS: list[dict[str, Any]] = tomllib.loads(command.EQUIVALENTS.read_text()).get(
    "equivalent", []
)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("own/DropStatement", "if x:\n    f(x)\n", "if x:\n    pass\n"),
        ("own/DropStatement", "raise X\n", "pass\n"),
        ("own/DropStatement", "try:\n    f()\nexcept X:\n    raise\n", None),
        ("own/ReturnNothing", "def f():\n    return x + 1\n", "def f():\n    return None\n"),
        ("own/SwapContains", "y = a in b\n", "y = a not in b\n"),
        ("own/SwapContains", "y = a not in b\n", "y = a in b\n"),
        ("core/ReplaceComparisonOperator_Lt_LtE", "y = a < b\n", "y = a <= b\n"),
    ],
)
def test_a_place_is_changed(name: str, before: str, after: str | None) -> None:
    changed = mutate_code(before, operators.build()[name], 0)
    assert changed == (after or before.replace("    f()", "    pass"))


@pytest.mark.parametrize("code", ["for a in b:\n    pass\n", "x = f(y)\n", "return None\n"])
def test_other_places_are_not_changed(code: str) -> None:
    own = [each for name, each in operators.build().items() if name.startswith("own/")]
    for node in ast_nodes(get_ast(code)):
        assert not [place for operator in own for place in operator.mutation_positions(node)]


def test_the_same_seed_draws_the_same_sample() -> None:
    first, again = (population.draw([RULES], 7, 5) for _ in range(2))
    assert [item.mutations for item in first] == [item.mutations for item in again]
    assert len({item.mutations[0].start_pos for item in first}) == 5
    assert population.draw([RULES], 8, 5) != first


def test_declarations_are_not_mutated() -> None:
    names = {Path(module).name for module in population.list_modules([])}
    assert not names & {"app.py", "schemas.py", "events.py", "models.py"}
    features = {population.find_feature(module) for module in population.list_modules([])}
    assert features == {path.name for path in (ROOT / "functions").iterdir()} | {"shared"}


def test_a_change_concerns_its_statement() -> None:
    lines = (ROOT / RULES).read_text().splitlines()
    constant = next(n for n, line in enumerate(lines, 1) if line.startswith("PART_SIZE"))
    head = next(n for n, line in enumerate(lines, 1) if line.startswith("def split_size"))
    assert not selection.is_in_function(RULES, constant)
    assert not selection.is_in_function(RULES, head)
    assert selection.is_in_function(RULES, head + 2)
    assert selection.statement_lines(RULES, head + 2, head + 2) == (head + 2, head + 2)


@pytest.mark.parametrize("entry", EQUIVALENTS, ids=lambda entry: str(entry["line"])[:40])
def test_an_equivalent_mutant_is_one_of_the_code_and_has_a_reason(entry: dict[str, Any]) -> None:
    assert entry.keys() == {"module", "line", "mutant", "reason"}
    source = " ".join((ROOT / entry["module"]).read_text().split())
    assert entry["line"] in source
    assert entry["mutant"] != entry["line"]
    assert len(entry["reason"]) > 20


def test_the_tests_that_run_a_line_are_selected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tests = "tests/unit/consultations/test_transitions.py"
    rules = "functions/consultations/rules/transitions.py"
    suite = selection.Suite("transitions", (tests,), ("consultations",))
    monkeypatch.setattr(selection, "list_suites", lambda: [suite])
    selector = selection.Selector(tmp_path, ["consultations"])
    lines = (ROOT / rules).read_text().splitlines()
    (line,) = [n for n, text in enumerate(lines, 1) if text.lstrip().startswith("raise ")][:1]
    selected = selector.select(rules, line, line)
    assert selected
    assert all(each.startswith(f"{tests}::test_") for each in selected)
    assert selector.get_seconds(selected) > 0


def test_a_function_is_replaced_although_the_tests_are_frozen(tmp_path: Path) -> None:
    module = tmp_path / "five.py"
    module.write_text("def five():\n    return 5\n")
    five = runpy.run_path(str(module))["five"]
    gone = weakref.proxy({five})  # what a proxy stands for may have ended
    gc.freeze()
    before = warm._replace_code(module, "def five():\n    return 6\n")
    assert ([function for function, _ in before], five()) == ([five], 6)
    with pytest.raises(ReferenceError):
        len(gone)
