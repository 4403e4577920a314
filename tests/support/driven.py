"""Use cases in a process of their own, on the DynamoDB of a running stack.

pynamodb reads the endpoint from the environment when it is imported, so this cannot be the process
of the tests, which works with moto.
"""

import os
import subprocess
import sys

from infra.local.settings import ACCESS_KEY, REGION, SECRET_KEY
from infra.paths import FUNCTIONS, LAYER, ROOT
from tests.support.stack import RunningStack

DEADLINE_SECONDS = 300
# pynamodb's settings: so many threads share one client, and each needs a connection. A container
# on Lambda serves one request at a time, so production needs no more than the usual ten.
CONNECTIONS = ROOT / "tests" / "support" / "connections.py"


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
        "PYNAMODB_CONFIG": str(CONNECTIONS),
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
