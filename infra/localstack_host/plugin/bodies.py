"""Bodies of requests and responses that LocalStack's REST APIs change on their way."""

from collections.abc import Sequence
from typing import Any

from localstack.runtime import hooks
from localstack.services.apigateway.next_gen.execute_api.handlers import (
    integration_request,
    integration_response,
    parse,
)
from localstack.services.apigateway.next_gen.execute_api.integrations import aws

from infra.localstack_host.plugin import media_types


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def carry_bodies() -> None:
    """Hand on the bytes that were sent, and decode binary answers.

    LocalStack ignores the binary media type `*/*`, so that a picture is answered as Base64; and it
    writes forms anew from their parsed fields, which changes them, or fails.
    """
    for module in (integration_request, integration_response, aws):
        module.mime_type_matches_binary_media_types = _is_binary
    parse.restore_payload = _payload


def _is_binary(mime_type: str | None, binary_media_types: Sequence[str] | None) -> bool:
    return media_types.is_binary(mime_type, binary_media_types or ())


def _payload(request: Any) -> bytes:
    """Return the body as it was sent, which stays readable."""
    return b"" if request.shallow else bytes(request.get_data(cache=True))
