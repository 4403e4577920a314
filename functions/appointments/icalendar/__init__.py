"""iCalendar (RFC 5545): writing calendars, and fetching and reading those of other programs."""
