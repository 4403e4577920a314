"""What a provider says of an address when it refuses a message at once."""

import pytest

from notifications.models import Channel, SuppressionReason
from notifications.store import suppressions as store
from notifications.use_cases import suppressions
from tests.functional.notifications.world import World
from tests.unit.notifications.test_mail import DELIVERY

NOW = DELIVERY.created_at


@pytest.mark.parametrize(
    "detail", ["", "smtp", "smtp timeout", "twilio", "twilio no answer", "ses 550 5.1.1"]
)
def test_a_refusal_without_a_code_of_the_provider_says_nothing(world: World, detail: str) -> None:
    suppressions.add_rejection(DELIVERY, detail, NOW)
    assert store.find(Channel.EMAIL, DELIVERY.address) is None


def test_an_address_that_does_not_exist_gets_nothing_more(world: World) -> None:
    suppressions.add_rejection(DELIVERY, "smtp 550 5.1.1", NOW)
    found = store.find(Channel.EMAIL, DELIVERY.address)
    assert found is not None
    assert list(found.reasons) == [SuppressionReason.HARD_BOUNCE]
