"""Use cases in a process of their own, on the DynamoDB of a running stack.

The client of a process is made for one endpoint, so this cannot be the process of the tests, which
works with moto. The program calls `connections.allow_many` first.
"""

import os
import subprocess
import sys

from infra.application import REGION
from infra.local.settings import ACCESS_KEY, SECRET_KEY
from infra.paths import FUNCTIONS, LAYER, ROOT
from tests.support.stack import RunningStack

DEADLINE_SECONDS = 300


def run(stack: RunningStack, module: str, *arguments: str) -> bytes:
    """Run the module as a program and return what it prints. Fails if the program fails."""
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": stack.settings.aws_endpoint,
        "RESOURCE_PREFIX": stack.settings.prefix().removesuffix("-"),
        "PYTHONPATH": os.pathsep.join(map(str, (FUNCTIONS, LAYER / "python", ROOT))),
    }
    ended = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=environment,
        capture_output=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stdout
