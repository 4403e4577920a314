"""Structured logs: keys and outcomes, never sentences with data in them.

What must not be logged: bodies, addresses, names, tokens, codes. Ids are enough.
"""

import logging

from aws_lambda_powertools import Logger

from shared.platform import correlation


class _Correlated(logging.Filter):
    """Puts the correlation id of the work under way on every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation_id = correlation.current()
        return True


logger = Logger()
logger.addFilter(_Correlated())
