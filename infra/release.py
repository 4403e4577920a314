"""Notes of a release: the section of its version in CHANGELOG.md.

    python -m infra.release v0.4.0

Imports nothing that is installed: the workflow that makes releases installs nothing.
"""

import re
import sys
import tomllib

from infra.paths import ROOT


class NoRelease(Exception):
    """The tag is none of a release that the changelog describes."""


def notes(tag: str, changelog: str, version: str) -> str:
    """Return the section of a tag's version, without its heading.

    Args:
        tag: The tag, as `v0.4.0`.
        changelog: Text of CHANGELOG.md.
        version: The version of the code.

    Raises:
        NoRelease: The tag is not `v` and the version of the code, or there is nothing about it.
    """
    if tag != f"v{version}":
        raise NoRelease(f"The tag is {tag}, but the version is {version} (pyproject.toml).")
    heading = re.compile(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d{{2}}-\d{{2}}$", re.MULTILINE)
    found = heading.search(changelog)
    if found is None:
        raise NoRelease(f"CHANGELOG.md has no section of {version} with a date.")
    section = re.split(r"^## ", changelog[found.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip()
    if not section:
        raise NoRelease(f"The section of {version} in CHANGELOG.md is empty.")
    return section


def main(arguments: list[str]) -> None:
    """Print the notes of the tag."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    try:
        print(notes(arguments[0], (ROOT / "CHANGELOG.md").read_text(), project["version"]))
    except NoRelease as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
