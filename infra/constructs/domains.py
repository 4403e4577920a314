"""Domains of our own in front of the REST API and of the WebSocket API: an option of environments.

With a hosted zone of Route 53, certificates and records are made here. Without one, the
certificate exists already, and the output `…DomainTarget` is what the name must be a CNAME of
(docs/options.md).
"""

from typing import NamedTuple

from aws_cdk import CfnOutput
from aws_cdk import aws_apigateway as rest
from aws_cdk import aws_apigatewayv2 as websocket
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_route53 as route53
from constructs import Construct

from infra.environments import CustomDomain

_TLS = "TLS_1_2"


class Target(NamedTuple):
    """What a name points to: API Gateway's own name, and the zone that holds it."""

    name: str
    zone: str


class RestDomain(Construct):
    """Domain of a stage of a REST API, without the stage in its paths."""

    def __init__(
        self, scope: Construct, settings: CustomDomain, api: rest.RestApiBase, stage: rest.Stage
    ) -> None:
        super().__init__(scope, "Domain")
        domain = rest.CfnDomainName(
            self,
            "Name",
            domain_name=settings.api,
            regional_certificate_arn=_certificate(self, settings.api, settings),
            endpoint_configuration=rest.CfnDomainName.EndpointConfigurationProperty(
                types=["REGIONAL"]
            ),
            security_policy=_TLS,
        )
        rest.CfnBasePathMapping(
            self,
            "Mapping",
            domain_name=domain.ref,
            rest_api_id=api.rest_api_id,
            stage=stage.stage_name,
        )
        target = Target(domain.attr_regional_domain_name, domain.attr_regional_hosted_zone_id)
        _point(self, settings.api, settings, target, "ApiDomainTarget")


class WebSocketDomain(Construct):
    """Domain of a stage of a WebSocket API."""

    def __init__(
        self,
        scope: Construct,
        settings: CustomDomain,
        api: websocket.WebSocketApi,
        stage: websocket.WebSocketStage,
    ) -> None:
        super().__init__(scope, "Domain")
        configuration = websocket.CfnDomainName.DomainNameConfigurationProperty(
            certificate_arn=_certificate(self, settings.live, settings),
            endpoint_type="REGIONAL",
            security_policy=_TLS,
        )
        domain = websocket.CfnDomainName(
            self,
            "Name",
            domain_name=settings.live,
            domain_name_configurations=[configuration],
        )
        mapping = websocket.CfnApiMapping(
            self, "Mapping", api_id=api.api_id, domain_name=domain.ref, stage=stage.stage_name
        )
        mapping.node.add_dependency(stage)
        target = Target(domain.attr_regional_domain_name, domain.attr_regional_hosted_zone_id)
        _point(self, settings.live, settings, target, "WebSocketDomainTarget")


def _certificate(scope: Construct, name: str, settings: CustomDomain) -> str:
    """Return the ARN of the certificate for a name; it is made where there is a hosted zone."""
    if settings.certificate_arn:
        return settings.certificate_arn
    made = certificates.CfnCertificate(
        scope,
        "Certificate",
        domain_name=name,
        validation_method="DNS",
        domain_validation_options=[
            certificates.CfnCertificate.DomainValidationOptionProperty(
                domain_name=name, hosted_zone_id=settings.hosted_zone_id
            )
        ],
    )
    return made.ref


def _point(
    scope: Construct, name: str, settings: CustomDomain, target: Target, output: str
) -> None:
    """Make the record of a name, where its zone is ours, and say in any case where it points to."""
    CfnOutput(scope, output, value=target.name).override_logical_id(output)
    if settings.hosted_zone_id:
        route53.CfnRecordSet(
            scope,
            "Record",
            name=f"{name}.",
            type="A",
            hosted_zone_id=settings.hosted_zone_id,
            alias_target=route53.CfnRecordSet.AliasTargetProperty(
                dns_name=target.name, hosted_zone_id=target.zone
            ),
        )
