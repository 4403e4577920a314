"""Problems of calendars that other programs have written."""

from domain.values import Value


class UnclearEvent(Value, frozen=True):
    """An event of an external calendar that could not be read completely.

    Attributes:
        title: Its title, shortened; empty if it has none. Example: Flight to Oslo
        start: Its start as the calendar has it, shortened. Example: 20300125T180000Z
        problem: What could not be read, and what that means.
            Example: Its end cannot be read, so it blocks the rest of its day.
    """

    title: str
    start: str
    problem: str
