"""Cold starts: the library of a provider is imported by its own worker only."""

import subprocess
import sys

from infra.paths import FUNCTIONS, ROOT

HEAVY = {"twilio", "pywebpush", "requests", "aiohttp", "liquid", "phonenumbers", "pybreaker"}


def test_the_api_function_imports_no_provider_library() -> None:
    loaded = imported("notifications.app.app")
    assert {"pymongo", "pynamodb"} <= loaded
    assert HEAVY & loaded == set()


def test_a_worker_imports_no_dynamodb() -> None:
    assert "pynamodb" not in imported("notifications.app.email_worker")


def imported(handler: str) -> set[str]:
    """List the packages that are imported when the function of this handler has started."""
    code = "import sys, notifications.app; print(*{name.partition('.')[0] for name in sys.modules})"
    path = f"{FUNCTIONS}:{ROOT / 'layers/shared/python'}"
    printed = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": path, "AWS_REGION": "us-east-1", "_HANDLER": handler},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return set(printed.split())
