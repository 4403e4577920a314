"""Order of CI's deployments to an environment: never back to an older commit.

    gh api graphql … | python -m infra.deployment_order <commit>

A run waits for somebody to approve it, and can be approved after a later one. Imports nothing that
is installed.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

# States of a deployment that succeeded: the last one, and those before it.
_SUCCEEDED = {"ACTIVE", "INACTIVE", "SUCCESS"}


class Outdated(Exception):
    """The environment has what the commit does not contain."""


def find_deployed(answer: Mapping[str, Any]) -> str | None:
    """Return the commit of the last deployment that succeeded, None if none did.

    Args:
        answer: Deployments of the environment by GitHub's GraphQL API, the last one first.
    """
    nodes = answer["data"]["repository"]["deployments"]["nodes"]
    return next((node["commitOid"] for node in nodes if node["state"] in _SUCCEEDED), None)


def require_newer(commit: str, deployed: str | None, contains: Callable[[str, str], bool]) -> None:
    """Refuse a commit that lacks what is deployed.

    Args:
        commit: What is to be deployed.
        deployed: What the environment has, None if nothing.
        contains: Whether the first commit is the second, or one after it.

    Raises:
        Outdated: It lacks it.
    """
    if deployed is not None and not contains(commit, deployed):
        raise Outdated(
            f"{deployed} is deployed, and {commit} does not contain it: a later run was approved "
            "before this one. To go back, revert commits on main."
        )


def _contains(commit: str, other: str) -> bool:
    command = ("git", "merge-base", "--is-ancestor", other, commit)
    return subprocess.run(command, check=False).returncode == 0


def main(arguments: list[str]) -> None:
    """Compare the commit with the deployments on standard input."""
    try:
        require_newer(arguments[0], find_deployed(json.load(sys.stdin)), _contains)
    except Outdated as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
