"""Routes and triggers of social."""

from typing import Any

from chalice.app import CloudWatchEvent, Rate, SQSEvent

from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.platform import clock
from social import consumers, store
from social.events import PUBLISHED
from social.schemas import SocialAccountList
from social.use_cases import accounts, due_work, webhooks, work
from social.use_cases.webhooks import Webhook
from social.use_cases.work import Work

app = FeatureApp(
    "social",
    ready={"dynamodb": store.ping},
    services=("kms", "sqs", "ssm"),
    worker_services=("dynamodb", "kms", "sqs", "ssm"),
)
app.publishes(*PUBLISHED)
app.health_route()
outbox = app.outbox_relay(table="social")

WEBHOOK_RETRY_BASE_SECONDS = 1

# ---- accounts ------------------------------------------------------------------------------------


@app.route("/v1/social/accounts", methods=["GET"], roles=(Role.ARTIST,))
def list_social_accounts(caller: Caller) -> SocialAccountList:
    """List the caller's social accounts, the oldest first."""
    return accounts.list_own(caller)


# ---- triggers ------------------------------------------------------------------------------------


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Handle the events of other features."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Process due records."""
    due_work.sweep(clock.now(), lambda: queues.seconds_left(event))


@app.on_sqs_message(queue=webhooks.QUEUE, batch_size=10)
def webhooks_worker(batch: SQSEvent) -> dict[str, Any]:
    """Process verified webhooks of providers."""

    def handle(webhook: Webhook) -> None:
        webhooks.handle(webhook, clock.now())

    return queues.consume(batch, webhooks.QUEUE, Webhook, handle, WEBHOOK_RETRY_BASE_SECONDS)


@app.on_sqs_message(queue=work.QUEUE, batch_size=1)
def worker(batch: SQSEvent) -> dict[str, Any]:
    """Do what waits for a provider."""

    def handle(message: Work) -> None:
        work.handle(message, clock.now())

    return queues.consume(batch, work.QUEUE, Work, handle, work.RETRY_BASE_SECONDS)
