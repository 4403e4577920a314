"""Structured logs: a fixed message and keys, never sentences that contain data.

Do not log bodies, addresses, names, tokens or codes. Ids are enough.
"""

import logging

from aws_lambda_powertools import Logger

from shared.platform import correlation


class _Correlated(logging.Filter):
    """A filter that adds the bound correlation id to every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation_id = correlation.current()
        return True


logger = Logger()
logger.addFilter(_Correlated())
