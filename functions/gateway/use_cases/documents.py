"""API documents: the OpenAPI document, and a page that displays it with Swagger UI.

`infra/bundling.py` ships the document and the files of Swagger UI (npm package swagger-ui-dist)
beside the code. The page itself is in `gateway/docs/`.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from domain.errors import NotFound

PAGE = Path(__file__).parent.parent / "docs"
SHIPPED = Path(__file__).parent.parent / "shipped"
SHIPPED_FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


@lru_cache
def get_openapi() -> str:
    """Return the OpenAPI document as JSON text."""
    return (SHIPPED / "openapi.json").read_text()


@lru_cache
def get_docs_page() -> str:
    """Return the documentation page as HTML."""
    return (PAGE / "page.html").read_text()


@lru_cache
def get_docs_file(name: str) -> tuple[str, str]:
    """Return the text and media type of a file that the documentation page loads.

    Raises:
        NotFound: The page has no file of this name.
    """
    if name == "start.js":
        return (PAGE / name).read_text(), "text/javascript"
    if name not in SHIPPED_FILES:
        raise NotFound("The documentation page has no such file.")
    return (SHIPPED / name).read_text(), SHIPPED_FILES[name]


def list_methods(path: str) -> list[str]:
    """List the HTTP methods that features declare for a path, such as `/v1/health`."""
    return next((methods for pattern, methods in _list_routes() if pattern.fullmatch(path)), [])


@lru_cache
def _load_paths() -> dict[str, Any]:
    paths: dict[str, Any] = msgspec.json.decode(get_openapi())["paths"]
    return paths


@lru_cache
def _list_routes() -> list[tuple[re.Pattern[str], list[str]]]:
    # Literal segments take precedence over parameters, as in API Gateway.
    ordered = sorted(_load_paths(), key=lambda path: path.count("{"))
    return [
        (_compile_template(path), [method.upper() for method in _load_paths()[path]])
        for path in ordered
    ]


def _compile_template(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
