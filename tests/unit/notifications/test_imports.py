"""Cold imports: the providers' libraries are for their own workers only."""

import subprocess
import sys

from infra.paths import FUNCTIONS, ROOT

HEAVY = {"twilio", "pywebpush", "requests", "aiohttp", "liquid", "phonenumbers", "pybreaker"}


def test_the_door_imports_no_providers_library() -> None:
    code = "import sys, notifications.app; print(*{name.partition('.')[0] for name in sys.modules})"
    path = f"{FUNCTIONS}:{ROOT / 'layers/shared/python'}"
    imported = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": path, "AWS_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "pymongo" in imported.split()
    assert HEAVY & set(imported.split()) == set()
