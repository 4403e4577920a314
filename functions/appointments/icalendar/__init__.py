"""Fetching the calendars of other programs; `domain.icalendar` reads them."""
