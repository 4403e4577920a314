"""Process of the stand-ins.

It prints `ready` when both ports listen, and ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.application import REGION
from infra.local.settings import ACCESS_KEY, SECRET_KEY
from infra.local.standins.bounces import Publish
from infra.local.standins.server import HOST, CannotListen, discard, running_standins
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
            publish=_make_publish(options.feedback_topic, options.aws_endpoint),
            sends_webhooks=True,
            application_host=options.application_host,
            also_on=options.also_on,
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
    parser.add_argument("--feedback-topic", default="", help="ARN of the topic of mail feedback")
    parser.add_argument("--aws-endpoint", default="")
    parser.add_argument("--application-host", default=HOST, help="this machine, to the functions")
    parser.add_argument("--also-on", action="append", default=[], help="address to listen on too")
    return parser.parse_args()


def _make_publish(topic_arn: str, endpoint: str) -> Publish:
    """Return what publishes to a topic of the local AWS, with its root key."""
    if not topic_arn:
        return discard
    session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION)
    sns = session.client("sns", endpoint_url=endpoint)

    def publish(notification: str) -> None:
        try:
            sns.publish(TopicArn=topic_arn, Message=notification)
        except (BotoCoreError, ClientError) as error:
            print(f"Mail feedback not published: {error}", file=sys.stderr, flush=True)

    return publish


if __name__ == "__main__":
    sys.exit(main())
