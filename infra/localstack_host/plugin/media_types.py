"""Binary media types of an API, which say what passes as bytes and what as text."""

from collections.abc import Sequence


def is_binary(media_type: str | None, binary_media_types: Sequence[str]) -> bool:
    """Return whether a body of the media type is binary to an API.

    `*/*` among the API's types takes everything for binary, also what names no type. A list of
    types, as in an Accept header, counts by its first one.

    docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html
    """
    declared = {_essence(one) for one in binary_media_types}
    if "*/*" in declared:
        return True
    wanted = _essence((media_type or "").partition(",")[0])
    return wanted in declared or f"{wanted.partition('/')[0]}/*" in declared


def _essence(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
