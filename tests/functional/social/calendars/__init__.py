"""Functional tests of calendars, against the stand-in of Google."""
