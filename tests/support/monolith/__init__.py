"""A small monolith with the old API of notifications and appointments, for tests of the migration.

    with running_monolith() as monolith:
        monolith.url                    # MONOLITH_URL: ends in /api
        monolith.counts["Left arm"]     # how often an appointment with these notes was made

It keeps everything in memory, believes `x-user-*` headers as the real one does, and knows neither
Idempotency-Key nor anything else that its authors did not know. It reads paths as Express does.
"""

from tests.support.monolith.server import Monolith, running_monolith

__all__ = ["Monolith", "running_monolith"]
