"""S3 buckets: private, encrypted, reachable by TLS only, and by browsers of our frontends."""

from collections.abc import Sequence

from aws_cdk import Aws, CfnResource, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.removal import removal
from infra.environments import Environment
from infra.names import bucket_name

UNFINISHED_DAYS = 2
PASSING_DAYS = 7
LOGS_DAYS = 90


class LogBucket(s3.Bucket):
    """Access log of another bucket, kept for 90 days."""

    def __init__(self, scope: Construct, name: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            f"{name}-bucket",
            bucket_name=bucket_name(environment, name),
            lifecycle_rules=[
                s3.LifecycleRule(id="expired-logs", expiration=Duration.days(LOGS_DAYS))
            ],
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            removal_policy=removal(retain=environment.retain_data),
        )


class FeatureBucket(s3.Bucket):
    """Bucket of one feature.

    Its name includes the account, because bucket names are shared by all accounts.

    Attributes:
        incoming: Prefix that browsers write below; what stays there is removed after two days.
        imported: Prefix that other features write below; removed after two days as well.
        passing: Prefix below which everything is removed after a week.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        incoming: str,
        imported: str,
        passing: str,
    ) -> None:
        self.name = bucket_name(environment, name)
        super().__init__(
            scope,
            f"{name}-bucket",
            bucket_name=self.name,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            server_access_logs_bucket=LogBucket(scope, f"{name}-logs", environment=environment),
            cors=[
                s3.CorsRule(
                    allowed_origins=list(environment.allowed_origins),
                    allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.POST, s3.HttpMethods.PUT],
                    allowed_headers=["content-type", "x-amz-*"],
                    exposed_headers=["etag"],
                    max_age=7200,
                )
            ],
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="unfinished-uploads",
                    prefix=incoming,
                    expiration=Duration.days(UNFINISHED_DAYS),
                    abort_incomplete_multipart_upload_after=Duration.days(UNFINISHED_DAYS),
                ),
                s3.LifecycleRule(
                    id="imports",
                    prefix=imported,
                    expiration=Duration.days(UNFINISHED_DAYS),
                    abort_incomplete_multipart_upload_after=Duration.days(UNFINISHED_DAYS),
                ),
                s3.LifecycleRule(
                    id="passing",
                    prefix=passing,
                    expiration=Duration.days(PASSING_DAYS),
                    abort_incomplete_multipart_upload_after=Duration.days(UNFINISHED_DAYS),
                ),
            ],
            removal_policy=removal(retain=environment.retain_data),
        )
        self._queues: list[s3.CfnBucket.QueueConfigurationProperty] = []

    def objects(self, prefix: str) -> str:
        """Return the ARN of all objects below the prefix.

        It is built from the name: a reference would make a cycle from the bucket to its queue, the
        role of its worker, and back.
        """
        return f"arn:{Aws.PARTITION}:s3:::{self.name}/{prefix}*"

    def allow(self, function: lambda_.Function, prefix: str, *actions: str) -> None:
        """Grant the function these actions (`GetObject`, …) on the objects below the prefix."""
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=[f"s3:{action}" for action in actions], resources=[self.objects(prefix)]
            )
        )

    def allow_listing(self, function: lambda_.Function) -> None:
        """Let S3 answer 404 for a missing object instead of 403."""
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[f"arn:{Aws.PARTITION}:s3:::{self.name}"],
            )
        )

    def reserve(self, function: lambda_.Function, prefix: str, actions: Sequence[str]) -> None:
        """Deny these actions below the prefix to all but the function, even to administrators."""
        assert function.role is not None
        self.add_to_resource_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=[f"s3:{action}" for action in actions],
                resources=[self.arn_for_objects(f"{prefix}*")],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": function.role.role_arn}},
            )
        )

    def notify(self, queue: sqs.Queue, prefix: str) -> None:
        """Send a notification to the queue for each object that is created below the prefix.

        It uses the bucket's own property: CDK's notifications are a custom resource of Node.js,
        which MiniStack cannot run.
        """
        permission = queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("s3.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={
                    "ArnEquals": {"aws:SourceArn": f"arn:{Aws.PARTITION}:s3:::{self.name}"},
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                },
            )
        )
        self._queues.append(
            s3.CfnBucket.QueueConfigurationProperty(
                event="s3:ObjectCreated:*",
                queue=queue.queue_arn,
                filter=s3.CfnBucket.NotificationFilterProperty(
                    s3_key=s3.CfnBucket.S3KeyFilterProperty(
                        rules=[s3.CfnBucket.FilterRuleProperty(name="prefix", value=prefix)]
                    )
                ),
            )
        )
        bucket = self.node.default_child
        assert isinstance(bucket, s3.CfnBucket)
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            queue_configurations=self._queues
        )
        # S3 tries the queue as it is set up, so its policy must be there.
        assert permission.policy_dependable is not None
        policy = queue.node.find_child("Policy").node.default_child
        assert isinstance(policy, CfnResource)
        bucket.add_resource_dependency(policy)
