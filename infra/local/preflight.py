"""Checks before anything is installed, stopped or started: `python3 -m infra.local.preflight`.

    preflight          the versions of Python and Node
    preflight ports    also the ports of the embedded stack

It runs on the machine's own Python, before `.venv` exists. So it imports nothing that is installed,
and it also parses on older Pythons, whose users need its message.
"""

import re
import subprocess
import sys

# SecantusDB, the MongoDB server of the embedded stack, has no wheels for later versions.
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
# What Vite, which builds the web example, needs.
OLDEST_NODE = (20, 19)


def check_python(version: "tuple[int, ...]") -> "str | None":
    """Return what is wrong with a version of Python, None if it is fine."""
    if OLDEST_PYTHON <= version[:2] <= NEWEST_PYTHON:
        return None
    return (
        f"Python {_dotted(OLDEST_PYTHON)} to {_dotted(NEWEST_PYTHON)} is needed, and "
        f"{sys.executable} is {_dotted(version[:2])}. Name another: make … PYTHON=python3.13"
    )


def check_node(output: "str | None") -> "str | None":
    """Return what is wrong with the output of `node --version`, None if it is fine.

    Args:
        output: Such as `v22.1.0`; None if there is no Node.
    """
    found = re.match(r"v(\d+)\.(\d+)", output or "")
    if found and tuple(map(int, found.groups())) >= OLDEST_NODE:
        return None
    return f"Node {_dotted(OLDEST_NODE)} or newer is needed, and here is {output or 'none'}."


def main(arguments: "list[str]") -> int:
    """Print what is wrong, and return the exit status."""
    problems = [check_python(sys.version_info[:3]), check_node(_node_version())]
    if "ports" in arguments and not any(problems):
        problems.append(_check_ports())
    for problem in filter(None, problems):
        print(problem, file=sys.stderr)
    return 1 if any(problems) else 0


def _node_version() -> "str | None":
    try:
        result = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.decode().strip()


def _check_ports() -> "str | None":
    # Imported here because older Pythons cannot parse them.
    from infra.local import processes  # noqa: PLC0415
    from infra.local.settings import Settings, StackError  # noqa: PLC0415

    try:
        processes.require_free_ports(Settings.load())
    except StackError as error:
        return str(error)
    return None


def _dotted(version: "tuple[int, ...]") -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
