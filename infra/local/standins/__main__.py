"""Process of the stand-ins.

It prints `ready` when both ports listen, and ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from infra.local.standins.server import CannotListen, running_standins
from infra.local.standins.twilio import DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN


def main() -> int:
    """Run until stopped; return 0, or 1 when a port cannot be listened on."""
    options = _options()
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    try:
        with running_standins(
            options.data_dir,
            inbox_port=options.inbox_port,
            smtp_port=options.smtp_port,
            account_sid=options.twilio_account_sid,
            auth_token=options.twilio_auth_token,
        ):
            print("ready", flush=True)
            stop.wait()
    except CannotListen as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="infra.local.standins", description=__doc__)
    parser.add_argument("--inbox-port", type=int, default=8025)
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--twilio-account-sid", default=DEFAULT_ACCOUNT_SID)
    parser.add_argument("--twilio-auth-token", default=DEFAULT_AUTH_TOKEN)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
