"""What the peers with pydantic decode and encode."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class Health(BaseModel):
    status: str


class Booking(BaseModel):
    model_config = ConfigDict(extra="forbid")

    serviceId: str = Field(pattern=r"^svc_[0-9A-Z_]+$")  # noqa: N815
    startsAt: datetime  # noqa: N815
    notes: str = Field("", max_length=2000)


class Thing(BaseModel):
    id: str
    email: str
    role: str
    createdAt: datetime  # noqa: N815


class Page(BaseModel):
    items: list[Thing]
    nextCursor: str | None = None  # noqa: N815
