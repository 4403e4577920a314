"""Error responses, as tests compare them."""

from chalice.test import HTTPResponse


def refused(response: HTTPResponse) -> tuple[int, str]:
    """Return the status and the code of an error response."""
    return response.status_code, response.json_body["code"]


def error_fields(response: HTTPResponse, status: int = 422) -> dict[str, str]:
    """Return the fields that an error of this status names, with what is wrong with each."""
    assert response.status_code == status, response.body
    return {error["field"]: error["message"] for error in response.json_body["errors"]}
