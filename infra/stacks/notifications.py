"""Stack of notifications: routes, one worker per channel, the events worker and the sweeper."""

from typing import Any

from aws_cdk import Duration, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra import nag
from infra.constructs.delivery_monitoring import DeliveryMonitoring
from infra.constructs.function_group import ENSURE_INDEXES, FunctionGroup, FunctionOptions
from infra.stacks.feature import FeatureStack
from notifications.use_cases import due_reminders

# Secret of a provider -> the worker that needs it.
WORKERS = {"smtp": "email-worker", "twilio": "sms-worker", "vapid": "push-worker"}
CHANNELS = ("email", "sms", "push")

MAIL_FEEDBACK = "mail-feedback"
# Each minute another run begins. While there is work, five are under way (docs/adr/0083).
SWEEPER = FunctionOptions(
    memory=1769,  # one CPU, for the threads of its lanes
    timeout=Duration.seconds(due_reminders.RUN_SECONDS),
    storage=Size.mebibytes(512),
    concurrency=2,
)


class NotificationsStack(FeatureStack):
    """The functions and queues of notifications."""

    def __init__(self, scope: Construct, **options: Any) -> None:
        super().__init__(scope, "notifications", **options)
        mongo = self.secret("mongo")
        secrets = {name: self.secret(name) for name in WORKERS}
        group = self.add_group(
            "notifications",
            timeout=Duration.seconds(90),  # enough for a batch at a slow provider, below the lease
            options={"ensure-indexes": ENSURE_INDEXES, "sweeper": SWEEPER},
            variables={
                "RETRY_BASE_SECONDS": str(self.environment_.retry_base_seconds),
                "WEB_APP_URL": self.environment_.web_app_url,
                "SMS_SEGMENT_PRICE": str(self.environment_.sms_segment_price),
                "SMS_DAILY_CAP": str(self.environment_.sms_daily_cap),
            },
        )
        group.each(mongo.grant_read)
        self.route_to_mongo(group)
        self.grant_tombstones(group.functions["import-rows"])
        for name, worker in WORKERS.items():
            secrets[name].grant_read(group.functions[worker])
        self._let_send_mail(group.functions["email-worker"])
        sweeper = group.functions["sweeper"]
        sweeper.add_environment("MONGO_CONNECTIONS", str(due_reminders.LANES))
        api = group.functions["api"]
        for name in ("email-worker", "sweeper"):  # they sign and read envelope senders
            self.secret("bounce-addresses").grant_read(group.functions[name])
        self.secret("cursors").grant_read(api)
        # The API serves the public key of push messages, says which channels are configured, and
        # reads what Twilio signs.
        for secret in secrets.values():
            secret.grant_read(api)
        # Push services write to the sender of our mails, unless they are given another address.
        secrets["smtp"].grant_read(group.functions["push-worker"])
        self.secret("quick-action-links").grant_read(group.functions["events-worker"])
        # Whoever makes mails makes the links to unsubscribe from them, at the address of the API.
        for name in ("unsubscribe-links", "api"):
            secret = self.secret(name)
            for function in ("api", "events-worker", "sweeper"):
                secret.grant_read(group.functions[function])
        self.secret("api").grant_read(group.functions["sms-worker"])  # where Twilio calls back
        channels = [group.queues[f"notifications-{name}"] for name in CHANNELS]
        for queue in channels:
            queue.grant_send_messages(api)
            queue.grant_send_messages(group.functions["sweeper"])
            queue.grant_send_messages(group.functions["events-worker"])
        for name, worker in zip(CHANNELS, WORKERS.values(), strict=True):
            # What failed for a temporary reason goes back with a delay.
            group.queues[f"notifications-{name}"].grant_send_messages(group.functions[worker])
        self._add_mail_feedback(group)
        DeliveryMonitoring(self, prefix=self.environment_.prefix, alarms=self.alarms)

    def _add_mail_feedback(self, group: FunctionGroup) -> None:
        """Add the topic to which Amazon SES publishes what became of mails, and its one subscriber.

        Not encrypted: SES cannot use the key alias/aws/sns, and one of our own would cost a dollar
        a month. Only SES may publish, and only for identities of this account.
        """
        topic = sns.Topic(
            self,
            "MailFeedback",
            topic_name=f"{self.environment_.prefix}-{MAIL_FEEDBACK}",
            enforce_ssl=True,
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("ses.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        queue = group.queues[f"notifications-{MAIL_FEEDBACK}"]
        topic.add_subscription(
            subscriptions.SqsSubscription(
                queue, raw_message_delivery=True, dead_letter_queue=queue.dead_letters
            )
        )
        queue.grant_consume_messages(group.functions["sweeper"])

    def _let_send_mail(self, worker: lambda_.Function) -> None:
        """Allow the worker to send through SES, for environments that configure it."""
        identities, sets = (
            self.format_arn(service="ses", resource=kind, resource_name="*")
            for kind in ("identity", "configuration-set")
        )
        # A mail that is written by us needs both (authorization reference of SES v2).
        worker.add_to_role_policy(
            iam.PolicyStatement(
                actions=["ses:SendEmail", "ses:SendRawEmail"], resources=[identities, sets]
            )
        )
        reason = "Which identity sends, and its configuration set, operators write into the secret."
        nag.accept(self, {f"IAM5[Resource::{arn}]": reason for arn in (identities, sets)})
