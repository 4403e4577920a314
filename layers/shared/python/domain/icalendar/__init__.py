"""iCalendar (RFC 5545): reading calendars that other programs have written.

`domain.calendar_files` writes ours.
"""
