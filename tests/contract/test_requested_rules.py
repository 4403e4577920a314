"""Currencies and web addresses: every request that takes one holds it to the same rule."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

import msgspec
import pytest

from appointments.schemas import ExternalCalendarRequest
from domain import money, web_addresses
from domain.errors import InvalidFields
from infra import features
from notifications.models.settings import ReviewLinks
from notifications.schemas.sending import PushRequest
from profiles.models.artist_pages import Socials
from shared.http.decoding import decode_json
from shared.platform.outside_calls import CallFailed, Guard, check_url

WITH_PASSWORD = "https://mara:secret@www.example.com/"


def list_texts(
    model: Any, at: str, seen: frozenset[Any] = frozenset()
) -> Iterator[tuple[str, Any]]:
    """Yield the annotated texts of a type, with their places."""
    if get_origin(model) is Annotated and get_args(model)[0] is str:
        yield at, model.__metadata__
    elif isinstance(model, type) and issubclass(model, msgspec.Struct):
        if model not in seen:
            for field in msgspec.structs.fields(model):
                yield from list_texts(field.type, f"{at}.{field.name}", seen | {model})
    else:
        for inner in get_args(model):
            if inner is not Ellipsis:
                yield from list_texts(inner, at, seen)


TEXTS = [
    (f"{feature} {operation.name}{at}", metadata)
    for feature, app in features.load_all().items()
    for operation in getattr(app, "operations", {}).values()
    for model in (operation.body, operation.query)
    if model is not None
    for at, metadata in list_texts(model, "")
]


def has(metadata: Any, **expected: Any) -> bool:
    (name, value), *_ = expected.items()
    return any(getattr(each, name, None) == value for each in metadata)


def test_every_currency_of_a_request_is_one_of_iso_4217() -> None:
    takes = {
        at: metadata
        for at, metadata in TEXTS
        if at.endswith(".currency") or has(metadata, pattern=r"^[A-Z]{3}$(?!\n)")
    }
    assert {at.partition(" ")[0] for at in takes} >= {"appointments", "consultations", "profiles"}
    rule = {"requested": money.find_currency_fault}
    assert [at for at, metadata in takes.items() if not has(metadata, extra=rule)] == []


def test_every_https_address_of_a_request_is_without_credentials() -> None:
    takes = {
        at: metadata
        for at, metadata in TEXTS
        if any("https://" in (getattr(each, "pattern", None) or "") for each in metadata)
    }
    assert {at.partition(" ")[0] for at in takes} >= {"notifications", "profiles"}
    rule = {"requested": web_addresses.find_fault}
    assert [at for at, metadata in takes.items() if not has(metadata, extra=rule)] == []


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (Socials, {"website": WITH_PASSWORD}),
        (ReviewLinks, {"custom": WITH_PASSWORD}),
        (PushRequest, {"userId": "usr_1", "title": "x", "body": "y", "url": WITH_PASSWORD}),
    ],
)
def test_credentials_are_refused(model: Any, body: Any) -> None:
    with pytest.raises(InvalidFields) as refused:
        decode_json(msgspec.json.encode(body), model)
    messages = [error.message for error in refused.value.errors]
    assert web_addresses.WITH_CREDENTIALS in messages


def test_addresses_that_are_called_are_checked_by_the_guard() -> None:
    assert "url" in ExternalCalendarRequest.__struct_fields__
    with pytest.raises(CallFailed):
        check_url(WITH_PASSWORD, Guard(max_bytes=1, deadline_seconds=1.0))
