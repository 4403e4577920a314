"""A Python client, generated from the OpenAPI document by a tool that is not ours.

    python -m infra.openapi.client            generate it and throw it away
    python -m infra.openapi.client FOLDER     generate the package FOLDER

Fails on every warning of the generator, because other tools would have the same difficulty.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.paths import OPENAPI, ROOT


def generate(package: Path) -> None:
    """Generate the client as the package at this path.

    Raises:
        subprocess.CalledProcessError: The generator warned or failed.
    """
    binaries = Path(sys.executable).parent
    command = [
        str(binaries / "openapi-python-client"),
        "generate",
        f"--path={OPENAPI}",
        f"--output-path={package}",
        f"--config={ROOT / 'infra' / 'openapi' / 'client.yaml'}",
        "--meta=none",
        "--overwrite",
        "--fail-on-warning",
    ]
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"  # the generator formats with ruff
    subprocess.run(command, check=True, env={**os.environ, "PATH": path})


if __name__ == "__main__":
    if sys.argv[1:]:
        generate(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder) / "artist_booking")
