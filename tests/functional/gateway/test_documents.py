"""The description of the API and its reader, served from the bundle and from nowhere else."""

import json
import re

import pytest

from infra import openapi
from infra.paths import SWAGGER_UI
from tests.support.gateway import ApiClient


def test_the_description_is_that_of_the_routes(client: ApiClient) -> None:
    answer = client.get("/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.body.decode() == openapi.text()
    assert "/v1/auth/login" in answer.json_body["paths"]


def test_the_page_loads_only_what_is_served_beside_it(client: ApiClient) -> None:
    page = client.get("/v1/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.body.decode())
    assert len(loaded) == 3
    for path in loaded:
        assert client.get(f"/v1/{path}").status_code == 200, path


def test_the_page_may_run_no_foreign_script(client: ApiClient) -> None:
    policy = client.get("/v1/docs").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy


def test_the_reader_opens_our_description_and_asks_nobody_else(client: ApiClient) -> None:
    script = client.get("/v1/docs/start.js").body.decode()
    assert 'url: "openapi.json"' in script
    assert "validatorUrl: null" in script  # else it would send the description to swagger.io


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "text/javascript")],
)
def test_the_readers_files_are_those_of_the_package(
    client: ApiClient, name: str, media_type: str
) -> None:
    answer = client.get(f"/v1/docs/{name}")
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    original = (SWAGGER_UI / name).read_text()
    assert original.startswith(answer.body.decode()[:-10])
    assert b"sourceMappingURL" not in answer.body
    assert len(answer.body) > 100_000


@pytest.mark.parametrize("name", ["openapi.json", "index.html", "..", "%2e%2e", "app.py", ".env"])
def test_nothing_else_is_served_from_there(client: ApiClient, name: str) -> None:
    assert client.get(f"/v1/docs/{name}").status_code == 404


def test_the_description_is_small_enough_for_lambda(client: ApiClient) -> None:
    assert len(json.dumps(client.get("/v1/openapi.json").json_body)) < 5_000_000
