"""The documents that are shipped with this function: the OpenAPI description and its reader.

They are put beside the code by infra/bundling.py; the reader's files come from the npm package
swagger-ui-dist.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from domain.errors import NotFound

SHIPPED = Path(__file__).parent.parent / "shipped"
ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}

DOCS_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Artist Booking API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="reader"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START_SCRIPT = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#reader",
  deepLinking: true,
  persistAuthorization: true,
  validatorUrl: null
});
"""


@lru_cache
def openapi() -> str:
    """The OpenAPI document, as JSON text."""
    return (SHIPPED / "openapi.json").read_text()


@lru_cache
def asset(name: str) -> tuple[str, str]:
    """The text and media type of a file the docs page loads. Raises a 404 Problem."""
    if name == "start.js":
        return START_SCRIPT, "text/javascript"
    if name not in ASSETS:
        raise NotFound("The docs page has no such file.")
    return (SHIPPED / name).read_text(), ASSETS[name]


def methods_of(path: str) -> list[str]:
    """The methods that features serve at this path (`/v1/…`, below the stage); [] when none."""
    return next((methods for pattern, methods in _routes() if pattern.fullmatch(path)), [])


def features() -> list[str]:
    """The features with a health route, by their path names."""
    found = (re.fullmatch(r"/v1/([\w-]+)/health", path) for path in _paths())
    return sorted(match[1] for match in found if match)


@lru_cache
def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = msgspec.json.decode(openapi())["paths"]
    return paths


@lru_cache
def _routes() -> list[tuple[re.Pattern[str], list[str]]]:
    # Literal segments win over parameters, as in API Gateway.
    ordered = sorted(_paths(), key=lambda path: path.count("{"))
    return [(_pattern(path), [method.upper() for method in _paths()[path]]) for path in ordered]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
