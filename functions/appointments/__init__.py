"""Availability, slots, holds, bookings, proposals, deposits, the waitlist and calendar feeds."""
