"""Demo data: what a stack is known by."""

from datetime import UTC, datetime
from typing import Any

from infra.local import seed
from infra.local.settings import Settings


class Gateway:
    """Session and client of an endpoint that kept the keys of an earlier API."""

    def client(self, _service: str) -> "Gateway":
        return self

    def get_api_keys(self, **_: Any) -> dict[str, Any]:
        made = [(day, name) for day in (2, 1) for name in seed.CLIENT_APPLICATIONS]
        return {
            "items": [
                {
                    "name": f"artist-booking-local-{name}",
                    "value": f"{name} of day {day}",
                    "createdDate": datetime(2026, 3, day, tzinfo=UTC),
                }
                for day, name in made
            ]
        }


def test_the_keys_of_the_present_api_are_described(settings: Settings) -> None:
    endpoint: Any = Gateway()
    keys = seed._api_keys(settings, endpoint)
    assert keys == {name: f"{name} of day 2" for name in seed.CLIENT_APPLICATIONS}
