"""The stack of auth and of the authorizer, which verifies with the same keys."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra import names
from infra.constructs.removal import removal
from infra.constructs.tables import FeatureTable
from infra.stacks.feature import FeatureStack
from shared.http import ended_sessions

# The calls of functions/auth/store. A transaction needs the permissions of its writes.
TABLE_ACTIONS = (
    "GetItem",
    "Query",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "DescribeTable",
)

INDEXES = {"by-name": ("listed_in", "listed_as")}


class AuthStack(FeatureStack):
    """The functions of auth and the authorizer, the table of auth, and the keys of its tokens."""

    def __init__(self, scope: Construct, **options: Any) -> None:
        super().__init__(scope, "auth", **options)
        environment = self.environment_
        table = FeatureTable(
            self,
            "auth",
            prefix=environment.prefix,
            retain=environment.retain_data,
            indexes=INDEXES,
        )
        signing_key = self._key("signing", kms.KeySpec.ECC_NIST_P256, kms.KeyUsage.SIGN_VERIFY)
        refresh_key = self._key("refresh", kms.KeySpec.HMAC_256, kms.KeyUsage.GENERATE_VERIFY_MAC)
        # The root key, which certifies signing keys. To replace it, see docs/operations.md.
        tokens = {"TOKEN_ISSUER": environment.prefix, "SIGNING_KEYS": signing_key.key_arn}

        auth = self.add_group(
            "auth",
            tables={"auth": table},
            variables={
                **tokens,
                "REFRESH_KEY": refresh_key.key_arn,
                # Whose domain passkeys are bound to, and where providers return to.
                "WEB_APP_URL": environment.web_app_url,
                "LOOPBACK_PROVIDERS": str(environment.is_local).lower(),
            },
            memory=1024,  # argon2 needs memory and CPU, which grows with memory
        )
        # The consumer of decisions about reports bans accounts too.
        for name in ("api", "events-worker"):
            auth.functions[name].add_to_role_policy(
                iam.PolicyStatement(
                    # DeleteItem: the marks of bans that are lifted.
                    actions=["dynamodb:PutItem", "dynamodb:DeleteItem"],
                    resources=[names.table_arn(self, environment, "tombstones")],
                )
            )
        for name in ("api", "events-worker", "provision-user"):
            table.allow(auth.functions[name], *TABLE_ACTIONS)
        table.allow(auth.functions["verify-audit"], "Query", "DescribeTable")
        table.allow(auth.functions["copies"], "BatchGetItem", "DescribeTable")
        importing = auth.functions["import-rows"]
        table.allow(importing, "BatchGetItem", "PutItem", "UpdateItem", "DescribeTable")
        self.grant_tombstones(importing)
        for name in ("api", "rotate-keys"):
            signing_key.grant(auth.functions[name], "kms:GetPublicKey", "kms:Sign")
            refresh_key.grant(auth.functions[name], "kms:GenerateMac")
        # They seal and open the events of the outbox.
        for name in ("outbox", "events-worker", "provision-user", "import-rows"):
            refresh_key.grant(auth.functions[name], "kms:GenerateMac")
        # Refresh tokens of version 0.3. None is left 30 days after a deployment of a later one.
        refresh_key.grant(auth.functions["api"], "kms:VerifyMac")
        table.allow(
            auth.functions["rotate-keys"], "Query", "PutItem", "BatchWriteItem", "DescribeTable"
        )
        for name in ("cursors", "identity-providers"):
            self.secret(name).grant_read(auth.functions["api"])
        self.grant_publish(auth.functions["outbox"])

        authorizer = self.add_group("authorizer", variables=tokens, timeout=Duration.seconds(15))
        authorize = authorizer.functions["authorize"]
        signing_key.grant(authorize, "kms:GetPublicKey")
        # Of the table, it may read which sessions ended lately, and nothing else.
        authorize.add_to_role_policy(
            iam.PolicyStatement(
                actions=["dynamodb:Query"],
                resources=[table.table_arn],
                conditions={
                    "ForAllValues:StringEquals": {
                        "dynamodb:LeadingKeys": [ended_sessions.PARTITION]
                    }
                },
            )
        )

    def _key(self, name: str, spec: kms.KeySpec, usage: kms.KeyUsage) -> kms.Key:
        environment = self.environment_
        return kms.Key(
            self,
            f"{name}-key",
            alias=f"{environment.prefix}-{name}",
            key_spec=spec,
            key_usage=usage,
            removal_policy=removal(retain=environment.retain_data),
        )
