"""Names that pass for others, whatever letters they are written in."""

import pytest

from domain import impersonation, lookalikes


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Support Team",
            "\u0405upport",
            "s\u03c5pport",
            "Officia\u04cf Support",
            "ADMIN",
            "Help Desk 24",
        ),
        *("Artist Booking", "\u0410rtist-B\u043eoking team", "Artistbooking", "Instagram Support"),
        *(
            "1nstagram",
            "PayPa1 Billing",
            "\uff33\uff35\uff30\uff30\uff2f\uff32\uff34",
            "Sup\u200dport",
        ),
    ],
)
def test_names_of_offices_and_brands_are_found(name: str) -> None:
    assert impersonation.find_fault(name) == impersonation.IMPERSONATES


@pytest.mark.parametrize(
    "name",
    [
        *("Mara Voss", "Ada Admin", "Berlin Artist Booking GmbH", "Ink & Support", "The Team"),
        *("Peter Page", "\u041c\u0430\u0440\u0430 \u0412\u043e\u0441\u0441", "\u6771\u4eac", ""),
    ],
)
def test_other_names_are_free(name: str) -> None:
    assert impersonation.find_fault(name) is None


def test_a_skeleton_is_the_same_in_other_scripts() -> None:
    assert lookalikes.get_skeleton("Mara Voss") == lookalikes.get_skeleton(
        "\u041c\u0430r\u0430_V\u043e\u0455\u0455"
    )
    assert lookalikes.split_skeletons("\u0130i I\u0307") == ["ll", "l"]
