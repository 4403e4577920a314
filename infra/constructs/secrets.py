"""Secrets in Parameter Store. CloudFormation cannot create them: infra/configure.py does."""

from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_


@dataclass(frozen=True)
class Secret:
    """A secret: a SecureString, which Parameter Store decrypts for who may read it."""

    arn: str

    def grant_read(self, function: lambda_.Function) -> None:
        """Allow a function to read the secret."""
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[self.arn])
        )
