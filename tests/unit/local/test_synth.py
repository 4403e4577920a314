"""The CDK app runs when its sources changed, and only then."""

from pathlib import Path

import pytest

from infra.local.settings import Settings, StackError
from infra.local.synth import Variant, synth

# Counts its runs, and puts what it read into what it makes.
APP = """
import os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
out.mkdir(parents=True)
(out / "manifest.json").write_text(pathlib.Path("functions/auth.py").read_text())
with open("runs", "a") as runs:
    runs.write("x")
"""

# Finds an assembly while `declared` says the same, and puts into a copy of it what it read.
REBUNDLE = """
import pathlib, shutil, sys
base, directory = map(pathlib.Path, sys.argv[1:])
digest = pathlib.Path("declared").read_text()
print(digest)
found = [path for path in base.glob("*/declarations.sha256") if path.read_text() == digest]
if digest == "never the same" or not found:
    sys.exit(3)
shutil.copytree(found[0].parent, directory)
(directory / "manifest.json").write_text(pathlib.Path("functions/auth.py").read_text())
"""


@pytest.fixture
def project(settings: Settings) -> Path:
    root = settings.root
    for folder in ("functions", "infra/local"):
        (root / folder).mkdir(parents=True)
    (root / "infra" / "app.py").write_text(APP)
    (root / "infra" / "local" / "rebundle.py").write_text(REBUNDLE)
    (root / "functions" / "auth.py").write_text("one")
    (root / "declared").write_text("never the same")
    return root


def runs(project: Path) -> int:
    return len((project / "runs").read_text())


def test_unchanged_sources_are_synthesized_once(settings: Settings, project: Path) -> None:
    assert synth(settings) == synth(settings)
    assert runs(project) == 1


def test_a_change_is_synthesized(settings: Settings, project: Path) -> None:
    before = synth(settings)
    (project / "functions" / "auth.py").write_text("two")
    after = synth(settings)
    assert (after / "manifest.json").read_text() == "two"
    assert (before / "manifest.json").read_text() == "one"  # its readers are not disturbed


def test_reverting_a_change_needs_no_synthesis(settings: Settings, project: Path) -> None:
    first = synth(settings)
    for content in ("two", "one"):
        (project / "functions" / "auth.py").write_text(content)
        last = synth(settings)
    assert last == first
    assert runs(project) == 2


@pytest.mark.parametrize("name", ["infra/local/stack.py", "functions/__pycache__/auth.pyc"])
def test_files_outside_of_the_sources_change_nothing(
    settings: Settings, project: Path, name: str
) -> None:
    synth(settings)
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("new")
    synth(settings)
    assert runs(project) == 1


def test_files_saved_during_a_synthesis_are_synthesized_too(
    settings: Settings, project: Path
) -> None:
    saving = """
source = pathlib.Path("functions/auth.py")
if source.read_text() == "one":
    source.write_text("two")
"""
    (project / "infra" / "app.py").write_text(APP + saving)
    assert (synth(settings) / "manifest.json").read_text() == "two"
    assert runs(project) == 2


def test_a_synthesis_gives_up_when_sources_keep_changing(settings: Settings, project: Path) -> None:
    (project / "infra" / "app.py").write_text(
        APP + 'pathlib.Path("functions/auth.py").open("a").write("more")\n'
    )
    with pytest.raises(StackError, match="change faster"):
        synth(settings)


def test_a_failing_app_is_reported_and_tried_again(settings: Settings, project: Path) -> None:
    (project / "infra" / "app.py").write_text("raise SystemExit('no such construct')")
    for _ in range(2):
        with pytest.raises(StackError, match="no such construct"):
            synth(settings)


def test_an_earlier_assembly_serves_while_the_declarations_are_the_same(
    settings: Settings, project: Path
) -> None:
    (project / "declared").write_text("two queues")
    synth(settings)
    (project / "functions" / "auth.py").write_text("two")
    assert (synth(settings) / "manifest.json").read_text() == "two"
    assert runs(project) == 1
    (project / "declared").write_text("three queues")
    (project / "functions" / "auth.py").write_text("three")
    assert (synth(settings) / "manifest.json").read_text() == "three"
    assert runs(project) == 2


def test_an_assembly_made_from_an_old_one_is_not_pruned_before_older_ones(
    settings: Settings, project: Path
) -> None:
    made = {}
    for declared, code in (("one", "1"), ("two", "2"), ("three", "3"), ("one", "4"), ("four", "5")):
        (project / "declared").write_text(declared)
        (project / "functions" / "auth.py").write_text(code)
        made[code] = synth(settings)
    assert {code for code, directory in made.items() if directory.exists()} == {"3", "4", "5"}


def test_each_variant_has_assemblies_of_its_own(settings: Settings, project: Path) -> None:
    asked = 'for name in ("BUNDLES", "WEBSOCKETS", "ONE_ADDRESS"):\n'
    (project / "infra" / "app.py").write_text(
        f"{APP}{asked}    (out / name).write_text(os.environ[name])\n"
    )
    (project / "declared").write_text("two queues")
    variant = Variant("container", websockets=False, one_address=True)
    embedded, other = synth(settings), synth(settings, variant)
    assert synth(settings, variant) == other
    assert runs(project) == 2
    names = ("BUNDLES", "WEBSOCKETS", "ONE_ADDRESS")
    made = [[(folder / name).read_text() for name in names] for folder in (embedded, other)]
    assert made == [["local", "1", "0"], ["container", "0", "1"]]


def test_code_that_does_not_compile_is_reported(settings: Settings, project: Path) -> None:
    (project / "infra" / "local" / "rebundle.py").write_text("def broken(:")
    with pytest.raises(StackError, match="SyntaxError"):
        synth(settings)
