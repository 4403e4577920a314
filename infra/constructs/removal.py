"""Removal policy of resources with data."""

from aws_cdk import RemovalPolicy


def removal(*, retain: bool) -> RemovalPolicy:
    """Return the removal policy of a resource with data, a key or a client's credentials.

    A retained resource outlives its stack, and its own replacement. Only the deployment that was
    to create it removes it again if it fails, or the next one would find its name taken
    (`RetainExceptOnCreate`: the page `DeletionPolicy` of the CloudFormation reference).
    """
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if retain else RemovalPolicy.DESTROY
