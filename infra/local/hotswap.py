"""Hot swap: changed sources put into running functions, without CDK and CloudFormation.

Only the sources in a function's zip are replaced; what the bundler added is kept. The next deploy
puts everything right, so a swap may be incomplete (a deleted file stays until then).
"""

from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from infra.local import loopback, zips

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef

LAYER = "shared"


def swap_group(session: boto3.Session, prefix: str, group: str, sources: Path) -> list[str]:
    """Replace the sources of every function of the group; return the names of the functions.

    All functions of a group share one zip, and their handler is `<group>.app.<name>`.
    """
    client = session.client("lambda")
    functions = [
        function
        for function in _functions(client, prefix)
        if function.get("Handler", "").startswith(f"{group}.")
    ]
    if functions:
        location = client.get_function(FunctionName=functions[0]["FunctionName"])["Code"]
        content = _with_sources(location["Location"], sources, group)
        for function in functions:
            client.update_function_code(FunctionName=function["FunctionName"], ZipFile=content)
    return [function["FunctionName"] for function in functions]


def swap_layer(session: boto3.Session, prefix: str, sources: Path) -> list[str]:
    """Replace the sources in the layer of every function; return the names of the functions.

    Each stack has its own layer, named `<prefix><stack>-shared`, and each gets a new version.
    """
    client = session.client("lambda")
    newest: dict[str, str] = {}
    swapped = []
    for function in _functions(client, prefix):
        arns = [layer["Arn"] for layer in function.get("Layers", [])]
        for arn in arns:
            if _layer_name(arn).endswith(f"-{LAYER}") and arn not in newest:
                newest[arn] = _publish(client, arn, sources)
        if any(arn in newest for arn in arns):
            client.update_function_configuration(
                FunctionName=function["FunctionName"],
                Layers=[newest.get(arn, arn) for arn in arns],
            )
            swapped.append(function["FunctionName"])
    return swapped


def _functions(client: "LambdaClient", prefix: str) -> list["FunctionConfigurationTypeDef"]:
    pages = client.get_paginator("list_functions").paginate()
    return [
        function
        for page in pages
        for function in page["Functions"]
        if function["FunctionName"].startswith(prefix)
    ]


def _publish(client: "LambdaClient", arn: str, sources: Path) -> str:
    current = client.get_layer_version_by_arn(Arn=arn)
    published = client.publish_layer_version(
        LayerName=_layer_name(arn),
        Content={"ZipFile": _with_sources(current["Content"]["Location"], sources, "python")},
        CompatibleRuntimes=current["CompatibleRuntimes"],
    )
    return published["LayerVersionArn"]


def _with_sources(location: str, sources: Path, below: str) -> bytes:
    _, content = loopback.get(location)
    return zips.pack(zips.unpack(content) | zips.read(sources, below))


def _layer_name(arn: str) -> str:
    # arn:aws:lambda:<region>:<account>:layer:<name>:<version>
    return arn.split(":")[6]
