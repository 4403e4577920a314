"""Failures: exceptions that nobody expected, logged and answered without anything internal."""

from shared.http.problems import DependencyDown, Problem, from_error
from shared.platform import outages
from shared.platform.logs import logger


def to_problem(error: Exception) -> Problem:
    """Log an unexpected error and return the problem that answers it."""
    outage = outages.find(error)
    if outage is not None:
        logger.exception("dependency down", cause=type(outage).__name__, reason=str(outage))
        return from_error(DependencyDown("Something that is needed does not respond. Try again."))
    logger.exception("unexpected failure")
    return Problem(500, "internal_error", "Something went wrong on our side.")
