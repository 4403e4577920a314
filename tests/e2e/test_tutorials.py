"""The commands of docs/tutorials, run on a stack as a newcomer runs them."""

import os
import re
import subprocess

import pytest

from infra.paths import ROOT
from tests.support.stack import RunningStack

TUTORIALS = ROOT / "docs" / "tutorials"


def blocks(tutorial: str, language: str) -> list[str]:
    text = (TUTORIALS / tutorial).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(stack: RunningStack, tutorial: str) -> str:
    """Run all blocks in bash, about this stack, and return what they print."""
    script = "set -eo pipefail\n" + "".join(blocks(tutorial, "bash"))
    environment = {**os.environ, "LOCAL_DIR": str(stack.settings.local_dir), "ENV": "local"}
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def test_the_first_booking_is_made_seen_and_cancelled(stack: RunningStack) -> None:
    shown = run(stack, "first-booking.md")
    assert re.search(r"^Booked: apt_\w{26}$", shown, re.MULTILINE), shown
    assert '"notes":"Left forearm, please"' in shown
    assert shown.endswith("\ncancelled\n")


def test_the_first_integration_survives_an_old_token_and_tells_errors_apart(
    stack: RunningStack,
) -> None:
    shown = run(stack, "first-integration.md")
    assert "Signed in as client@example.com\nStill client@example.com\n404 not_found\n" in shown


@pytest.mark.parametrize("command", "".join(blocks("first-deploy.md", "make")).splitlines())
def test_the_first_deployment_has_commands_that_make_knows(command: str) -> None:
    words = command.split()
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    ended = subprocess.run(
        [*words, "--dry-run", "-o", "install"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "infra" in ended.stdout or "cdk" in ended.stdout
