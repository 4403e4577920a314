"""`make new-feature` creates a feature that passes every check; another command removes it."""

import json
import shutil
from pathlib import Path

import pytest

from infra.new_feature.names import NameRefused, Names, names_of, require_free
from infra.paths import ROOT
from tests.infra import project
from tests.infra.project import python

CACHE = ROOT / ".mypy_cache"  # its entries name relative paths, so they serve the copy as well

# All stacks take a minute; tests/infra/test_one_place.py synthesizes those.
SYNTHESIZE = """
import sys
from infra import bundling, features
from infra.app import find_feature_stacks, new_app
from infra.environments import ENVIRONMENTS
app = new_app(sys.argv[1])
bundling.layer(bundling.LOCAL)
find_feature_stacks()["ratings"](
    app,
    environment=ENVIRONMENTS["local"],
    target=bundling.LOCAL,
    apps={"ratings": features.load("ratings")},
)
app.synth()
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project as it is, with what is generated up to date."""
    copied = project.copy_to(tmp_path_factory.mktemp("new-feature") / "project")
    generate(copied)
    return copied


@pytest.fixture(scope="module")
def before(copy: Path) -> dict[str, bytes]:
    return project.contents(copy)


@pytest.fixture(scope="module")
def created(copy: Path, before: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another copy, with a feature `ratings`."""
    another = duplicate(copy, tmp_path_factory.mktemp("created"))
    python(another, "-m", "infra.new_feature", "create", "ratings")
    generate(another)
    return another


def duplicate(project_: Path, folder: Path) -> Path:
    return shutil.copytree(project_, folder / "project", symlinks=True)


def generate(copied: Path) -> None:
    """Do what `make generate` does, without the web example's types."""
    python(copied, "-m", "infra.generate")


def lint(copied: Path, feature: str) -> None:
    """Let ruff check everything that belongs to a feature, and the lists that name it."""
    parts = [f"functions/{feature}", f"infra/stacks/{feature}.py"]
    parts += [f"tests/unit/{feature}", f"tests/functional/{feature}"]
    parts += ["tests/support/fake_aws.py", "layers/shared/python/shared/data/exports.py"]
    python(copied, "-m", "ruff", "check", "--no-cache", *parts)
    python(copied, "-m", "ruff", "format", "--no-cache", "--check", *parts)


def changed(copied: Path, before: dict[str, bytes]) -> set[str]:
    """The paths of the files that were changed or removed."""
    after = project.contents(copied)
    return {path for path, text in before.items() if after.get(path) != text}


def test_only_lists_and_generated_files_change(created: Path, before: dict[str, bytes]) -> None:
    assert changed(created, before) == {
        "docs/access-matrix.md",
        "docs/openapi.json",
        "events/domain/export.requested.json",
        "events/domain/user.deleted.json",
        "layers/shared/python/shared/data/exports.py",
        "tests/support/fake_aws.py",
    }


def test_its_code_passes_ruff(created: Path) -> None:
    lint(created, "ratings")


def test_its_code_passes_mypy(created: Path) -> None:
    parts = ["functions/ratings", "infra/stacks/ratings.py", "tests/unit/ratings"]
    parts.append("tests/functional/ratings")
    python(created, "-m", "mypy", f"--cache-dir={CACHE}", *parts)


def test_its_code_keeps_the_boundaries(created: Path) -> None:
    python(created, "-m", "infra.boundaries")


def test_its_api_describes_itself(created: Path) -> None:
    assert python(created, "-m", "infra.openapi", "--lint", "ratings").strip() == ""
    document = json.loads((created / "docs" / "openapi.json").read_text())
    assert document["paths"].keys() >= {"/v1/ratings", "/v1/ratings/{id}", "/v1/ratings/health"}


def test_its_events_have_their_contracts(created: Path) -> None:
    events = created / "events" / "domain"
    contract = json.loads((events / "rating.created.json").read_text())
    assert contract["producer"] == "ratings"
    assert contract["schema"]["$defs"]["RatingCreated"]["required"] == [
        "ratingId",
        "userId",
        "createdAt",
    ]
    for consumed in ("user.deleted", "export.requested"):
        assert "ratings" in json.loads((events / f"{consumed}.json").read_text())["consumers"]


def test_its_tests_pass(created: Path) -> None:
    tests = ["tests/unit/ratings", "tests/functional/ratings"]
    matrix = "tests/security/test_access_matrix.py"
    tests.append(f"{matrix}::test_every_route_has_its_row_and_every_row_its_route")
    python(created, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)


def test_it_has_a_stack(created: Path) -> None:
    python(created, "-c", SYNTHESIZE, str(created / "cdk.out"))
    template = json.loads((created / "cdk.out" / "ratings.template.json").read_text())
    types = [resource["Type"] for resource in template["Resources"].values()]
    assert types.count("AWS::Lambda::Function") == 3  # api, events-worker, outbox
    assert types.count("AWS::DynamoDB::Table") == 1
    assert types.count("AWS::SQS::Queue") == 3  # the events', its dead letters, the stream's


def test_it_is_removed_without_a_trace(
    created: Path, before: dict[str, bytes], tmp_path: Path
) -> None:
    removed = duplicate(created, tmp_path)
    python(removed, "-m", "infra.new_feature", "remove", "ratings")
    generate(removed)
    assert project.contents(removed) == before
    for folder in ("functions", "tests/unit", "tests/functional"):
        assert not (removed / folder / "ratings").exists()


@pytest.mark.parametrize("arguments", [("gift_cards",), ("studio_news", "item_of_news")])
def test_a_name_of_several_words_works_too(
    copy: Path, before: dict[str, bytes], arguments: tuple[str, ...]
) -> None:
    python(copy, "-m", "infra.new_feature", "create", *arguments)
    lint(copy, arguments[0])
    assert python(copy, "-m", "infra.openapi", "--lint", arguments[0]).strip() == ""
    python(copy, "-m", "infra.new_feature", "remove", *arguments)
    assert project.contents(copy) == before


def test_a_feature_that_was_not_created_so_is_not_removed(
    copy: Path, before: dict[str, bytes]
) -> None:
    ended = project.run(copy, "python", "-m", "infra.new_feature", "remove", "appointments")
    assert ended.returncode != 0
    assert project.contents(copy) == before


def test_names_in_every_spelling() -> None:
    assert names_of("gift_cards") == Names("gift_cards", "gift_card")
    placeholders = names_of("gift_cards").placeholders()
    assert placeholders["path"] == "gift-cards"
    assert placeholders["Record"] == "GiftCard"
    assert names_of("invoices").placeholders()["a_words"] == "an invoice"


@pytest.mark.parametrize("name", ["", "Ratings", "gift-cards", "1st", "x" * 21, "../x", "class_"])
def test_a_name_that_is_no_package_is_refused(name: str) -> None:
    with pytest.raises(NameRefused):
        names_of(name, "record")


def test_a_name_without_a_singular_needs_one() -> None:
    with pytest.raises(NameRefused):
        names_of("billing")
    assert names_of("billing", "bill").record == "bill"


@pytest.mark.parametrize("name", ["appointments", "chalice", "statistics"])
def test_a_name_that_exists_is_refused(name: str) -> None:
    with pytest.raises(NameRefused):
        require_free(name)
