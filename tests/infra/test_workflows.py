"""Workflows run what the project has, with pinned actions and as few permissions as they need."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import deployment_order, release
from infra.deployment_order import Outdated
from infra.environments import ENVIRONMENTS
from infra.paths import ROOT
from infra.release import NoRelease

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
DEPLOYING = {"contents": "read", "deployments": "read", "id-token": "write"}
# What a job may do besides reading the repository, and the only jobs that may.
GRANTED = {
    ("deploy", "dev"): DEPLOYING,
    ("deploy", "prod"): DEPLOYING,
    ("deploy-environment", "deploy"): DEPLOYING,
    ("pull-request", "comment"): {"pull-requests": "write"},
    ("pull-request", "diff"): {"contents": "read", "id-token": "write"},
    ("release", "release"): {"contents": "write"},
}
CREDENTIALS = "aws-actions/configure-aws-credentials"


def load(path: Path) -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text())
    return loaded


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = load(path)["jobs"]
    return found


def workflow(name: str) -> dict[Any, Any]:
    return load(GITHUB / "workflows" / f"{name}.yml")


def events(path: Path) -> set[str]:
    """Return what starts a workflow; YAML 1.1 reads the key `on` as true."""
    return set(load(path)[True])


def steps() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in ACTIONS:
        yield from ((path, step) for step in load(path)["runs"]["steps"])
    for path in WORKFLOWS:
        for job in jobs(path).values():
            yield from ((path, step) for step in job.get("steps", []))


def scripts() -> Iterator[str]:
    yield from (step["run"] for _, step in steps() if "run" in step)


def test_no_job_is_there_twice() -> None:
    """YAML would keep the last one of two, and GitHub refuses both."""
    for path in WORKFLOWS:
        _, _, text = path.read_text().partition("\njobs:\n")
        names = re.findall(r"^  ([a-z-]+):$", text, re.MULTILINE)
        assert sorted(names) == sorted(jobs(path))


def test_actions_are_pinned_to_commits_and_name_their_tag() -> None:
    lines = [
        line
        for path in (*WORKFLOWS, *ACTIONS)
        for line in path.read_text().splitlines()
        if re.search(r"\buses:", line) and "uses: ./" not in line
    ]
    assert len(lines) >= 10
    pinned = re.compile(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
    assert [line for line in lines if not pinned.search(line)] == []


def test_one_action_is_pinned_to_one_commit() -> None:
    used = {step["uses"] for _, step in steps() if not step.get("uses", "./").startswith("./")}
    assert len(used) == len({each.partition("@")[0] for each in used})


def test_what_is_used_of_this_repository_exists() -> None:
    used = [step["uses"] for _, step in steps() if step.get("uses", "").startswith("./")]
    used += [job["uses"] for path in WORKFLOWS for job in jobs(path).values() if "uses" in job]
    for name in used:
        folder_or_file = ROOT / name
        assert folder_or_file.is_file() or (folder_or_file / "action.yml").is_file()


def test_permissions_are_the_least() -> None:
    granted = {}
    for path in WORKFLOWS:
        assert load(path)["permissions"] in ({"contents": "read"}, {})
        for name, job in jobs(path).items():
            if "permissions" in job:
                granted[path.stem, name] = job["permissions"]
    assert granted == GRANTED


def test_pull_requests_see_no_secrets_and_forks_no_credentials() -> None:
    for path in WORKFLOWS:
        assert "secrets." not in path.read_text()
        # These run with the rights of the base branch, on what a fork proposes.
        assert not events(path) & {"pull_request_target", "workflow_run"}
    of_pull_requests = jobs(GITHUB / "workflows" / "pull-request.yml")
    with_credentials = [
        name
        for name, job in of_pull_requests.items()
        if any(CREDENTIALS in step.get("uses", "") for step in job.get("steps", []))
        or "id-token" in job.get("permissions", {})
    ]
    assert with_credentials == ["diff"]
    condition = of_pull_requests["diff"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    # Who may comment runs nothing of the pull request.
    comment = of_pull_requests["comment"]["steps"]
    assert not any("checkout" in step.get("uses", "") for step in comment)


def test_a_checkout_leaves_no_token_behind() -> None:
    for _, step in steps():
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_scripts_get_what_others_wrote_as_variables() -> None:
    """An expression in a script would be run as a part of it."""
    assert [script for script in scripts() if "${{" in script] == []


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = {
        word
        for script in scripts()
        for command in re.findall(r"^\s*make (.*)$", script, re.MULTILINE)
        for word in shlex.split(command.partition(" 2>")[0])
        if "=" not in word
    }
    assert called >= {"deploy", "diff", "lint", "smoke", "synth", "test", "test-localstack"}
    assert called <= targets


def test_every_change_is_verified_on_the_oldest_and_the_newest_python() -> None:
    verify = jobs(GITHUB / "workflows" / "verify.yml")
    assert verify["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    for name in ("deploy", "pull-request"):
        called = jobs(GITHUB / "workflows" / f"{name}.yml")["verify"]
        assert called["uses"] == "./.github/workflows/verify.yml"


def test_the_api_is_compared_with_the_base_branch() -> None:
    job = jobs(GITHUB / "workflows" / "pull-request.yml")["openapi"]
    (step,) = (step for step in job["steps"] if "run" in step)
    assert step["run"].endswith('-m infra.openapi.compatibility "origin/$BASE"')
    assert step["env"] == {"BASE": "${{ github.base_ref }}"}
    (checkout,) = (step for step in job["steps"] if "checkout" in step.get("uses", ""))
    assert checkout["with"]["fetch-depth"] == 0  # or there is no base branch


def test_environments_are_deployed_in_order_behind_their_gates() -> None:
    deployed = jobs(GITHUB / "workflows" / "deploy.yml")
    assert (deployed["dev"]["needs"], deployed["prod"]["needs"]) == ("verify", "dev")
    for name in ("dev", "prod"):
        at_once = "${{ inputs.all_at_once == true }}"
        assert deployed[name]["with"] == {"environment": name, "all_at_once": at_once}
        assert name in ENVIRONMENTS
    (job,) = jobs(GITHUB / "workflows" / "deploy-environment.yml").values()
    assert job["environment"] == "${{ inputs.environment }}"  # its reviewers are the gate
    assert job["concurrency"]["cancel-in-progress"] is False
    order, *commands = [step["run"] for step in job["steps"] if "run" in step]
    assert order.rstrip().endswith('| .venv/bin/python -m infra.deployment_order "$GITHUB_SHA"')
    assert commands == [
        'make deploy ENV="$ENV" APPROVAL=never CONCURRENCY=4',
        'make smoke ENV="$ENV"',
    ]
    assert job["env"]["ALL_AT_ONCE"] == "${{ inputs.all_at_once && '1' || '' }}"
    (checkout,) = (step for step in job["steps"] if "checkout" in step.get("uses", ""))
    assert checkout["with"]["fetch-depth"] == 0  # or no commit is known to contain another


def deployments(*nodes: tuple[str, str]) -> dict[str, Any]:
    found = [{"commitOid": commit, "state": state} for commit, state in nodes]
    return {"data": {"repository": {"deployments": {"nodes": found}}}}


@pytest.mark.parametrize(
    ("answer", "deployed"),
    [
        (deployments(), None),
        (deployments(("c", "WAITING"), ("b", "FAILURE")), None),
        (deployments(("d", "IN_PROGRESS"), ("c", "ACTIVE"), ("b", "INACTIVE")), "c"),
        # What failed after it may have deployed half, and is repeated or followed.
        (deployments(("d", "FAILURE"), ("c", "INACTIVE")), "c"),
    ],
)
def test_the_last_success_is_what_is_deployed(answer: dict[str, Any], deployed: str | None) -> None:
    assert deployment_order.find_deployed(answer) == deployed


@pytest.mark.parametrize(("commit", "deployed"), [("b", None), ("b", "a"), ("b", "b")])
def test_a_commit_that_contains_what_is_deployed_may_follow(
    commit: str, deployed: str | None
) -> None:
    deployment_order.require_newer(commit, deployed, lambda one, other: other <= one)


def test_an_older_run_that_is_approved_later_is_refused() -> None:
    with pytest.raises(Outdated, match="b is deployed, and a does not contain it"):
        deployment_order.require_newer("a", "b", lambda one, other: other <= one)


def test_git_says_which_commit_contains_which(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        command = ("git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments)
        ran = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        return ran.stdout.strip()

    def checked(commit: str, deployed: str) -> subprocess.CompletedProcess[str]:
        answer = json.dumps(deployments((deployed, "ACTIVE")))
        return subprocess.run(
            [sys.executable, "-m", "infra.deployment_order", commit],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            input=answer,
            capture_output=True,
            text=True,
            check=False,
        )

    git("init", "--quiet")
    for message in ("first", "second"):
        git("commit", "--allow-empty", "--quiet", "--message", message)
    older, newer = git("rev-parse", "HEAD~1"), git("rev-parse", "HEAD")
    assert checked(newer, older).returncode == 0
    refused = checked(older, newer)
    assert refused.returncode == 1
    assert "To go back, revert commits on main." in refused.stderr


def test_nothing_in_a_diff_ends_its_block_in_the_comment(tmp_path: Path) -> None:
    comment = jobs(GITHUB / "workflows" / "pull-request.yml")["comment"]["steps"]
    (script,) = (step["run"] for step in comment if "run" in step)
    (tmp_path / "diff.txt").write_bytes(b"[+] a\n~~~~\n````\n# b\r# c\r\nlast" + b" x" * 40000)
    gh = tmp_path / "gh"
    gh.write_text("#!/bin/sh\nexit 0\n")
    gh.chmod(0o755)
    subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "NUMBER": "1"},
        check=True,
    )
    heading, empty, *lines = (tmp_path / "comment.md").read_text().split("\n")
    assert (heading, empty) == ("### `cdk diff` of production", "")
    assert lines[:6] == [f"    {line}" for line in ("[+] a", "~~~~", "````", "# b", "# c", "")]
    assert lines[6].startswith("    last x")
    assert len(lines) == 7
    assert (tmp_path / "comment.md").stat().st_size < 65_536


CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.3] - 2026-12-01

### Added

- A thing.

## [1.2.2] - 2026-11-30

### Added

- An older thing.
"""


def test_the_notes_of_a_release_are_its_section() -> None:
    assert release.notes("v1.2.3", CHANGELOG, "1.2.3") == "### Added\n\n- A thing."


@pytest.mark.parametrize(
    ("tag", "version", "reason"),
    [
        ("v1.2.4", "1.2.3", "The tag is v1.2.4, but the version is 1.2.3"),
        ("1.2.3", "1.2.3", "The tag is 1.2.3"),
        ("v1.3.0", "1.3.0", "no section of 1.3.0"),
    ],
)
def test_a_tag_without_a_section_makes_no_release(tag: str, version: str, reason: str) -> None:
    with pytest.raises(NoRelease, match=reason):
        release.notes(tag, CHANGELOG, version)


def test_an_empty_section_makes_no_release() -> None:
    with pytest.raises(NoRelease, match="is empty"):
        release.notes("v2.0.0", "## [2.0.0] - 2026-12-01\n\n## [1.0.0] - 2026-11-01\n", "2.0.0")


def test_the_current_version_can_be_released(capsys: pytest.CaptureFixture[str]) -> None:
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    release.main([f"v{version[1]}"])
    assert capsys.readouterr().out.startswith("### ")
    tags = workflow("release")[True]["push"]["tags"]
    assert tags == ["v[0-9]+.[0-9]+.[0-9]+"]


def test_a_deployment_of_every_stack_with_a_canary_is_not_cut_off() -> None:
    """The CDK deploys one stack after another, each of a feature for five minutes and more."""
    job = jobs(GITHUB / "workflows" / "deploy-environment.yml")["deploy"]
    (signing_in,) = (step for step in job["steps"] if CREDENTIALS in step.get("uses", ""))
    seconds = signing_in["with"]["role-duration-seconds"]
    stacks = len(list((ROOT / "infra" / "stacks").glob("[!_]*.py"))) - 2  # base and foundation
    assert seconds >= job["timeout-minutes"] * 60 >= stacks * 10 * 60
    roles = (ROOT / "infra" / "github_roles.yml").read_text()
    assert f"MaxSessionDuration: {seconds}\n" in roles
