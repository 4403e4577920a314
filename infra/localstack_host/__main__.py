"""Commands of the stack by LocalStack without Docker, called by the Makefile.

    up      start it, deploy, seed, print how to reach it
    down    stop it; LocalStack keeps nothing, MongoDB and the inbox keep their data
    test    start a fresh one on free ports, run the tests of tests/e2e on it, stop it

LOCAL_DIR and the ports (AWS_PORT, MONGO_PORT, INBOX_PORT, SMTP_PORT) work as with `make up`.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from infra.local import stack
from infra.local.kinds import Kind, Runtime
from infra.local.settings import Settings, StackError
from infra.paths import ROOT

TEST_FOLDER = ROOT / ".local" / "localstack" / "test"


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.localstack_host", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "test"))
    parser.add_argument("pytest", nargs=argparse.REMAINDER, help="of `test`: what pytest runs")
    options = parser.parse_args(arguments)
    # `kill` ends the tests as Ctrl-C does, and the stack with them.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        match options.command:
            case "up":
                print(json.dumps(stack.start(without_docker(Settings.load())), indent=2))
            case "down":
                stack.stop(without_docker(Settings.load()))
            case "test":
                return run_tests(options.pytest or ["tests/e2e"])
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def without_docker(settings: Settings) -> Settings:
    """Return the settings of LocalStack as a process of this machine."""
    return replace(settings, kind=Kind.LOCALSTACK, runtime=Runtime.PROCESSES)


def run_tests(arguments: Sequence[str], folder: Path = TEST_FOLDER) -> int:
    """Run pytest on a fresh stack, and return its exit status.

    Raises:
        StackError: The stack does not start or does not deploy.
    """
    stack.reset(without_docker(Settings.load(environment={"LOCAL_DIR": str(folder)})))
    settings = without_docker(Settings.on_free_ports(folder))
    try:
        stack.start(settings)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:randomly", *arguments],
            cwd=ROOT,
            env={**os.environ, "STACK": str(settings.stack_file)},
            check=False,
        ).returncode
    finally:
        stack.stop(settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
