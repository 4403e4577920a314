"""Failures: every exception as the problem that answers it, without anything internal."""

from domain.errors import DomainError
from shared.http.problems import DependencyDown, Problem, from_error
from shared.platform import outages
from shared.platform.logs import logger


def to_problem(error: Exception) -> Problem:
    """Return the problem that answers an error. Unexpected errors are logged with their cause."""
    if isinstance(error, (DomainError, Problem)):
        return from_error(error)
    outage = outages.find(error)
    if outage is not None:
        logger.exception("dependency down", cause=type(outage).__name__, reason=str(outage))
        return from_error(DependencyDown("Something that is needed does not respond. Try again."))
    logger.exception("unexpected failure")
    return Problem(500, "internal_error", "Something went wrong on our side.")
