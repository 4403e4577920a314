"""Projects: the sittings of a service that are booked together."""

from collections.abc import Sequence
from itertools import pairwise

from appointments.models import AppointmentSide, CalendarEntry, Service
from appointments.rules.errors import SittingsRequired
from domain.errors import FieldError, InvalidFields
from domain.money import MAX_AMOUNT, Money, format_money


def get_total(service: Service) -> Money:
    """Return the price of all sittings of a service."""
    return Money(service.price.amount * service.sittings, service.price.currency)


def require_bounded_total(service: Service) -> None:
    """Check that all sittings of a service together cost no more than the greatest amount.

    Raises:
        InvalidFields: They cost more.
    """
    if get_total(service).amount > MAX_AMOUNT:
        raise InvalidFields(FieldError("body.sittings", "add up to more than the greatest amount"))


def require_all_sittings(
    service: Service, count: int, by: AppointmentSide, *, is_listed: bool
) -> None:
    """Check that a booking has all sittings of its service.

    The artist decides how many sittings a piece takes, but has to list them: a booking of one
    start is never one sitting of several by mistake.

    Args:
        service: Service to be booked.
        count: Number of sittings to be booked.
        by: The side that books.
        is_listed: Whether the sittings were listed, be it only one.

    Raises:
        SittingsRequired: There are too few or too many, or several are not listed.
    """
    is_artist = by is AppointmentSide.ARTIST and is_listed
    if is_artist or (count == service.sittings and (is_listed or count == 1)):
        return
    each, total = service.price, get_total(service)
    noun = "sitting" if service.sittings == 1 else "sittings"
    raise SittingsRequired(
        f"This service takes {service.sittings} {noun} of "
        f"{format_money(each.amount, each.currency)}, in total "
        f"{format_money(total.amount, total.currency)}. Book all of them at once: list a start or "
        "a hold of each as `sittings`."
    )


def require_no_overlap(entries: Sequence[CalendarEntry], field: str) -> None:
    """Check that sittings in their order do not overlap each other, buffers included.

    Raises:
        InvalidFields: Some do, which is blamed on `field`.
    """
    if any(later.busy_from < earlier.busy_until for earlier, later in pairwise(entries)):
        raise InvalidFields(FieldError(field, "has sittings that overlap, with buffers"))
