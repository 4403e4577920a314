"""Build the documentation site, or show it: `python -m infra.docs_site build|serve`."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.docs_site.pages import list_decisions, list_pages, move_links
from infra.paths import FUNCTIONS, ROOT, SWAGGER_UI

BUILT = ROOT / ".docs"
SOURCE = BUILT / "source"
SITE = BUILT / "site"
MERMAID = (
    Path(__file__).parent / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"
)
REFERENCE = FUNCTIONS / "gateway" / "docs"


def main(arguments: list[str]) -> int:
    """Build the site, and serve it on this machine if that is asked for; return the exit status."""
    write_source(SOURCE)
    status = build()
    if status == 0 and arguments[:1] == ["serve"]:
        serve(int(arguments[1]))
    return status


def write_source(folder: Path) -> None:
    """Write everything that MkDocs reads to a folder.

    Raises:
        ValueError: A link leads to no file.
    """
    shutil.rmtree(folder, ignore_errors=True)
    pages = list_pages()
    for path, in_site in pages.items():
        target = folder / in_site
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".md":
            target.write_text(move_links((ROOT / path).read_text(), path, pages))
        else:
            shutil.copyfile(ROOT / path, target)
    (folder / "adr" / "index.md").write_text(list_decisions())
    _write_assets(folder)


def build() -> int:
    """Run MkDocs, for which a broken link is an error, and return its exit status."""
    # With --quiet, --strict would let everything pass.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def serve(port: int) -> None:
    """Serve the built site on the loopback until it is interrupted."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(
            f"The documentation is at http://localhost:{port}/ until you press Ctrl-C.", flush=True
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def _write_assets(folder: Path) -> None:
    # The reference is the page of GET /v1/docs, which looks for openapi.json beside it and for the
    # rest in docs/.
    (folder / "docs").mkdir()
    (folder / "assets").mkdir()
    shutil.copyfile(REFERENCE / "start.js", folder / "docs" / "start.js")
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        shutil.copyfile(SWAGGER_UI / name, folder / "docs" / name)
    shutil.copyfile(MERMAID, folder / "assets" / "mermaid.js")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
