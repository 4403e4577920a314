"""Virtual environments of LocalStack and of the functions on it, below .local/localstack/.

The functions get one of their own with what Lambda itself brings along. In LocalStack's they would
find a hundred packages, and one that is missing in their bundle would not be noticed.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from infra.local import virtual_environments
from infra.local.locks import exclusive
from infra.localstack_host import interpreter
from infra.lock import lock_entries, name_of
from infra.paths import REQUIREMENTS, ROOT

LOCK = REQUIREMENTS / "localstack.txt"
FOLDER = ROOT / ".local" / "localstack"
# What the Python runtime of Lambda holds: its runtime interface client, and boto3.
LAMBDA_PACKAGES = frozenset(
    {
        "awslambdaric",
        "boto3",
        "botocore",
        "jmespath",
        "python-dateutil",
        "s3transfer",
        "simplejson",
        "six",
        "snapshot-restore-py",
        "urllib3",
    }
)


@dataclass(frozen=True)
class Environments:
    """Interpreters of the two environments."""

    server: Path
    functions: Path


def locate(folder: Path = FOLDER) -> Environments:
    """Return where the interpreters are, or will be."""
    return Environments(
        folder / "venv" / "bin" / "python", folder / "functions-venv" / "bin" / "python"
    )


def ensure(folder: Path = FOLDER) -> Environments:
    """Make the environments that are missing or older than the lock file.

    Raises:
        StackError: There is no Python 3.13 here, or the installation failed.
    """
    server, functions = folder / "venv", folder / "functions-venv"
    with exclusive(folder / "environments.lock"):
        of_functions = folder / "functions.txt"
        of_functions.write_text(lambda_requirements(LOCK))
        for venv, requirements in ((server, LOCK), (functions, of_functions)):
            virtual_environments.ensure(
                venv, requirements, interpreter.find, f"install {venv.name} of LocalStack"
            )
    return locate(folder)


def lambda_requirements(lock: Path) -> str:
    """Return the entries of the lock file that the environment of the functions holds."""
    entries = [entry for entry in lock_entries(lock) if name_of(entry) in LAMBDA_PACKAGES]
    return "\n".join(entries) + "\n"


def version() -> str:
    """Return a text that changes when the lock file does."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()
