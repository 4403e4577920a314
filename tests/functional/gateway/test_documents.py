"""API documents: the OpenAPI document and Swagger UI, served from the bundle."""

import json
import re

import pytest

from infra import openapi
from infra.paths import SWAGGER_UI
from tests.support.gateway import ApiClient


def test_the_document_describes_the_routes(client: ApiClient) -> None:
    answer = client.get("/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.body.decode() == openapi.text()
    assert "/v1/auth/login" in answer.json_body["paths"]


def test_the_page_loads_only_files_of_this_api(client: ApiClient) -> None:
    page = client.get("/v1/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.body.decode())
    assert len(loaded) == 3
    for path in loaded:
        assert client.get(f"/v1/{path}").status_code == 200, path


def test_the_page_may_not_run_foreign_scripts(client: ApiClient) -> None:
    policy = client.get("/v1/docs").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy


def test_the_page_keeps_no_token(client: ApiClient) -> None:
    script = client.get("/v1/docs/start.js").body.decode()
    assert "persistAuthorization: false" in script
    for storage in ("localStorage", "sessionStorage", "indexedDB", "document.cookie"):
        assert storage not in script


def test_swagger_ui_loads_our_document_and_no_validator(client: ApiClient) -> None:
    script = client.get("/v1/docs/start.js").body.decode()
    assert 'url: "openapi.json"' in script
    assert "validatorUrl: null" in script  # otherwise it would send the document to swagger.io


def test_the_page_has_an_index_of_all_operations_with_a_filter(client: ApiClient) -> None:
    page = client.get("/v1/docs").body.decode()
    script = client.get("/v1/docs/start.js").body.decode()
    for element in ("filter", "index", "swagger-ui"):
        assert f'id="{element}"' in page
    assert "onComplete: showIndex" in script
    assert 'docExpansion: "none"' in script
    methods = set(re.findall(r'"(\w+)"', script.partition("METHODS = ")[2].partition(";")[0]))
    paths = client.get("/v1/openapi.json").json_body["paths"]
    assert {method for item in paths.values() for method in item} <= methods


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "text/javascript")],
)
def test_the_files_are_those_of_the_package(client: ApiClient, name: str, media_type: str) -> None:
    answer = client.get(f"/v1/docs/{name}")
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    original = (SWAGGER_UI / name).read_text()
    assert original.startswith(answer.body.decode()[:-10])
    assert b"sourceMappingURL" not in answer.body
    assert len(answer.body) > 100_000


@pytest.mark.parametrize("name", ["openapi.json", "index.html", "..", "%2e%2e", "app.py", ".env"])
def test_no_other_file_is_served(client: ApiClient, name: str) -> None:
    assert client.get(f"/v1/docs/{name}").status_code == 404


def test_the_document_fits_into_a_lambda_response(client: ApiClient) -> None:
    assert len(json.dumps(client.get("/v1/openapi.json").json_body)) < 5_000_000
