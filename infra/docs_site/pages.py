"""Pages of the documentation site, and their links.

docs/ is written to be read in the repository, where a page may link to any file. The site has some
of these files; a link to another one becomes its text.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from infra.paths import ROOT

# Pages from elsewhere than docs/, by their names in the site.
OTHER_PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "vulnerabilities.md",
    "functions/gateway/docs/page.html": "reference.html",
}
_ALIASES = {"README.md": "index.md", "docs/adr": "adr/index.md"}
_FENCE = re.compile(r"^ *(```|~~~)")
_LINK = re.compile(r"(?P<code>`+[^`]*`+)|(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_EXTERNAL = re.compile(r"^[a-z][a-z+.-]*:")
_COPIED = {".md", ".json", ".png", ".svg", ".webp"}


def list_pages(root: Path = ROOT) -> dict[str, str]:
    """Return the files that the site shows: the paths in the site by those in the repository."""
    found = dict(OTHER_PAGES)
    for folder, folders, files in os.walk(root / "docs"):
        folders[:] = [name for name in folders if name not in {"node_modules", "src", "public"}]
        place = Path(folder).relative_to(root)
        for name in files:
            path = (place / name).as_posix()
            in_example = path.startswith("docs/examples/") and name != "README.md"
            if Path(name).suffix in _COPIED and not in_example:
                found[path] = path.removeprefix("docs/")
    return found


def move_links(text: str, path: str, pages: dict[str, str], root: Path = ROOT) -> str:
    """Return a page's text with links that hold in the site.

    Args:
        text: Markdown, as it is in the repository.
        path: The page's path in the repository.
        pages: What the site has, of `list_pages`.
        root: The repository.

    Raises:
        ValueError: A link leads to no file.
    """

    def move(match: re.Match[str]) -> str:
        if match["code"] or match["target"].startswith("#") or _EXTERNAL.match(match["target"]):
            return match[0]
        file, _, anchor = match["target"].partition("#")
        target = _resolve(PurePosixPath(path).parent / file)
        in_site = _ALIASES.get(target) or pages.get(target)
        if in_site is None and not (root / target).exists():
            raise ValueError(f"{path} links to {match['target']}, which does not exist.")
        if in_site is None:
            return match["text"]
        here = PurePosixPath(pages[path]).parent
        moved = os.path.relpath(in_site, here) + (f"#{anchor}" if anchor else "")
        return f"{match['image']}[{match['text']}]({moved})"

    return _outside_of_code(text, lambda line: _LINK.sub(move, line))


def list_decisions(root: Path = ROOT) -> str:
    """Return the page that lists the ADRs."""
    entries = []
    for path in sorted((root / "docs" / "adr").glob("[0-9]*.md")):
        title = path.read_text().partition("\n")[0].removeprefix("# ")
        entries.append(f"- [{title}]({path.name})")
    return "# Decisions\n\nWhat was decided, why, and what follows from it.\n\n" + "\n".join(
        entries
    )


def _outside_of_code(text: str, change: Callable[[str], str]) -> str:
    lines = []
    is_code = False
    for line in text.split("\n"):
        is_fence = bool(_FENCE.match(line))
        lines.append(line if is_code or is_fence else change(line))
        is_code ^= is_fence
    return "\n".join(lines)


def _resolve(path: PurePosixPath) -> str:
    return os.path.normpath(path.as_posix())
