"""CDK app.

`ENV=dev python -m infra.app` synthesizes every stack of that environment. The CDK command line runs
it too (cdk.json), for `dev` unless ENV names another environment.
"""

import json
import os
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from aws_cdk import App, DefaultStackSynthesizer, Environment, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from infra import bundling, features
from infra.application import APPLICATION
from infra.bytecode import NoPython
from infra.constructs.rollout import AT_ONCE
from infra.environments import ENVIRONMENTS
from infra.environments import Environment as Settings
from infra.nag import acknowledge
from infra.paths import CDK_JSON
from infra.stacks.feature import FeatureStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.gateway import GatewayStack
from shared.platform.config import path_name

# The authorizer is deployed with auth, whose keys it needs; the gateway comes after all others.
WITHOUT_FEATURE_STACK = {"authorizer", "gateway"}


def new_app(folder: str | Path) -> App:
    """Return an app with the feature flags of cdk.json, which only the CDK command line reads.

    Args:
        folder: Where the app is synthesized to.
    """
    return App(outdir=str(folder), context=json.loads(CDK_JSON.read_text())["context"])


def find_feature_stacks() -> dict[str, type[FeatureStack]]:
    """Find the stack of every feature by its name: `quick-actions` -> `QuickActionsStack`.

    Raises:
        ModuleNotFoundError: A folder under functions/ has no stack.
    """
    stacks = {}
    for feature in sorted(set(features.names()) - WITHOUT_FEATURE_STACK):
        name = "".join(word.capitalize() for word in feature.split("_")) + "Stack"
        stacks[path_name(feature)] = getattr(import_module(f"infra.stacks.{feature}"), name)
    return stacks


def build(
    app: App,
    environment_name: str,
    target: bundling.Target | None = None,
    *,
    websockets: bool = True,
    one_address: bool = False,
    all_at_once: bool = False,
) -> None:
    """Add the stacks of an environment to the app.

    Args:
        app: CDK app that receives the stacks.
        environment_name: Key of `ENVIRONMENTS`.
        target: What the bundles are built for; by default what the environment needs.
        websockets: Whether the endpoint that is deployed to offers API Gateway v2.
        one_address: Whether it gives functions one IP address for all callers.
        all_at_once: Whether new versions take over at once, whatever the alarms say.

    Raises:
        KeyError: There is no such environment.
        NoPython: No Python on this machine can compile the bundles.
    """
    environment = ENVIRONMENTS[environment_name]
    environment = replace(environment, websockets=environment.websockets and websockets)
    environment = environment.with_one_address() if one_address else environment
    if environment.canary and all_at_once:
        environment = replace(environment, canary=AT_ONCE)
    add_stacks(app, environment, target)


def add_stacks(app: App, environment: Settings, target: bundling.Target | None = None) -> None:
    """Add the stacks of an environment with these settings to the app."""
    target = target or (bundling.LOCAL if environment.is_local else bundling.AWS)
    bundling.layer(target)
    apps = features.load_all()
    where = Environment(account=environment.account, region=environment.region)

    def options(name: str) -> dict[str, Any]:
        return {
            "stack_name": f"{environment.prefix}-{name}",
            "env": where,
            "environment": environment,
            # The rule only detects an outdated bootstrap early; local endpoints have none.
            "synthesizer": DefaultStackSynthesizer(
                generate_bootstrap_version_rule=not environment.is_local
            ),
        }

    foundation = FoundationStack(app, **options("foundation"))
    stacks = [
        stack(app, target=target, apps=apps, **options(name))
        for name, stack in find_feature_stacks().items()
    ]
    gateway = GatewayStack(app, target=target, apps=apps, **options("gateway"))
    for stack in stacks:
        stack.add_stack_dependency(foundation)
        gateway.add_stack_dependency(stack)
    Tags.of(app).add("application", APPLICATION)
    Tags.of(app).add("environment", environment.name)
    acknowledge([foundation, *stacks, gateway])
    Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True))


if __name__ == "__main__":
    cdk_app = new_app(os.environ.get("CDK_OUTDIR", "cdk.out"))
    try:
        build(
            cdk_app,
            os.environ.get("ENV", "local"),
            # What a local endpoint needs, by infra.local.synth.
            bundling.TARGETS.get(os.environ.get("BUNDLES", "")),
            websockets=os.environ.get("WEBSOCKETS") != "0",
            one_address=os.environ.get("ONE_ADDRESS") == "1",
            all_at_once=os.environ.get("ALL_AT_ONCE") == "1",
        )
    except NoPython as error:
        sys.exit(str(error))
    cdk_app.synth()
