"""The boundaries of the code: `.importlinter`, applied to every folder under functions/.

python -m infra.boundaries    fail when an import crosses a boundary

`.importlinter` says <features> where a list of all features belongs. A new folder is therefore
covered at once. So is every module of it: a folder without `__init__.py`, which import-linter would
not see, is refused.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.paths import FUNCTIONS, LAYER, ROOT

CONFIGURATION = ROOT / ".importlinter"
PLACEHOLDER = re.compile(r"^(\s+)<features>$", re.MULTILINE)


def find_features() -> list[str]:
    """List the folders under functions/ that hold any Python."""
    return sorted(path.name for path in FUNCTIONS.iterdir() if any(path.rglob("*.py")))


def fill_in(configuration: str, features: list[str]) -> str:
    """Put the features in the place of every `<features>`, one on a line."""
    return PLACEHOLDER.sub(
        lambda match: "\n".join(match[1] + feature for feature in features), configuration
    )


def find_unseen() -> list[Path]:
    """List the folders whose modules import-linter would not see."""
    modules = [*FUNCTIONS.glob("*/**/*.py"), *(LAYER / "python").glob("*/**/*.py")]
    folders = {module.parent for module in modules}
    return sorted(folder for folder in folders if not (folder / "__init__.py").exists())


def check() -> int:
    """Run import-linter and return its exit status, which is 0 when every boundary holds."""
    unseen = find_unseen()
    if unseen:
        listing = ", ".join(str(folder.relative_to(ROOT)) for folder in unseen)
        print(f"There is no __init__.py in {listing}.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "importlinter.ini"
        configuration.write_text(fill_in(CONFIGURATION.read_text(), find_features()))
        # Its cache takes a file that was saved twice within a second for unchanged.
        command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
        path = os.pathsep.join([str(FUNCTIONS), str(LAYER / "python")])
        return subprocess.run(
            [*command, "--config", str(configuration)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(check())
