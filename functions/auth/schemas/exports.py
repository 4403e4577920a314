"""Exports of a user's data."""

from typing import Annotated, Literal

from msgspec import Meta

from shared.http.decoding import Output

ExportId = Annotated[
    str, Meta(description="Id of the export.", examples=["exp_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]


class ExportAccepted(Output, frozen=True):
    """An export is being made. A mail comes when it is ready.

    Attributes:
        id: Id of the export, for `GET /v1/files/exports/{id}`.
        status: Always `building`.
    """

    id: ExportId
    status: Literal["building"] = "building"
