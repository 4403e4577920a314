"""API documents: the OpenAPI document and Swagger UI, which displays it.

`infra/bundling.py` ships both beside the code. The files of Swagger UI come from the npm package
swagger-ui-dist.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from domain.errors import NotFound

SHIPPED = Path(__file__).parent.parent / "shipped"
DOCS_FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}

DOCS_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Artist Booking API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START_SCRIPT = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  validatorUrl: null
});
"""


@lru_cache
def get_openapi() -> str:
    """Return the OpenAPI document as JSON text."""
    return (SHIPPED / "openapi.json").read_text()


@lru_cache
def get_docs_file(name: str) -> tuple[str, str]:
    """Return the text and media type of a file that the documentation page loads.

    Raises:
        NotFound: The page has no file of this name.
    """
    if name == "start.js":
        return START_SCRIPT, "text/javascript"
    if name not in DOCS_FILES:
        raise NotFound("The documentation page has no such file.")
    return (SHIPPED / name).read_text(), DOCS_FILES[name]


def list_methods(path: str) -> list[str]:
    """List the HTTP methods that features declare for a path, such as `/v1/health`."""
    return next((methods for pattern, methods in _list_routes() if pattern.fullmatch(path)), [])


def list_features() -> list[str]:
    """List the features that have a health route, by their names in paths."""
    matches = (re.fullmatch(r"/v1/([\w-]+)/health", path) for path in _load_paths())
    return sorted(match[1] for match in matches if match)


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
