"""Functional tests of appointments in calendars, against the stand-ins of Google and CalDAV."""
