"""All options of an environment together, and each of them alone where that is another thing."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as websocket
from aws_cdk.assertions import Match, Template
from constructs import Construct

from infra.app import add_stacks, new_app
from infra.constructs.domains import RestDomain, WebSocketDomain
from infra.environments import ENVIRONMENTS, CustomDomain, PrivateMongo, SearchCollection, WebAcl
from infra.paths import ROOT
from tests.infra.conftest import BUNDLES, Templates, read, resources

SERVICE = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"
CERTIFICATE = "arn:aws:acm:us-east-1:111111111111:certificate/0123"
COLLECTION = "https://0123abc.us-east-1.aoss.amazonaws.com"
COLLECTION_ARN = "arn:aws:aoss:us-east-1:111111111111:collection/0123abc"
OPTIONAL = (
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::CertificateManager::Certificate",
    "AWS::EC2::",
    "AWS::Route53::RecordSet",
    "AWS::WAFv2::WebACL",
)
# List prices of us-east-1 for a month of 730 hours, from aws.amazon.com/vpc/pricing and
# aws.amazon.com/privatelink/pricing: $0.045, $0.005 and, per zone, $0.01 an hour.
PRICES = {"AWS::EC2::NatGateway": 32.85, "AWS::EC2::EIP": 3.65}
ENDPOINT_IN_A_ZONE = 7.30


@pytest.fixture(scope="session")
def optional(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Return the templates of production with every option on."""
    folder: Path = tmp_path_factory.mktemp("options")
    environment = replace(
        ENVIRONMENTS["prod"],
        domain=CustomDomain(
            "api.artistbooking.example", "live.artistbooking.example", hosted_zone_id="Z0123"
        ),
        private_mongo=PrivateMongo(SERVICE),
        search=SearchCollection(COLLECTION, COLLECTION_ARN),
        web_acl=WebAcl(),
    )
    app = new_app(folder)
    add_stacks(app, environment, BUNDLES)
    app.synth()
    return read(folder)


def only(templates: Templates, type_: str) -> dict[str, Any]:
    (found,) = resources(templates, type_)
    return found


def test_options_are_off_by_default(prod: Templates, local: Templates) -> None:
    for templates in (prod, local):
        types = {one["Type"] for each in templates.values() for one in each["Resources"].values()}
        assert not [type_ for type_ in types if type_.startswith(OPTIONAL)]
        assert "VpcConfig" not in str(templates)
        assert "WEBSOCKET_DOMAIN" not in str(templates)
        assert "aoss:" not in str(templates)


def test_with_every_option_templates_stay_far_from_the_limits(optional: Templates) -> None:
    assert max(len(template["Resources"]) for template in optional.values()) < 250
    assert max(len(json.dumps(template)) for template in optional.values()) < 500_000
    assert "Fn::ImportValue" not in str(optional)


def test_a_collection_answers_searches_where_there_is_one(optional: Templates) -> None:
    profiles = next(each for name, each in optional.items() if "profiles" in name)
    found = profiles["Resources"].values()
    functions = [each for each in found if each["Type"] == "AWS::Lambda::Function"]
    variables = [each["Properties"]["Environment"]["Variables"] for each in functions]
    endpoints = {each["SEARCH_ENDPOINT"] for each in variables if "SEARCH_ENDPOINT" in each}
    assert endpoints == {COLLECTION}
    allowed = [
        statement["Resource"]
        for each in found
        if each["Type"] == "AWS::IAM::Policy"
        for statement in each["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "aoss:APIAccessAll"
    ]
    assert allowed == [COLLECTION_ARN] * 3


# ---- custom domain -------------------------------------------------------------------------------


def test_the_rest_api_has_its_domain_without_the_stage(optional: Templates) -> None:
    domain = only(optional, "AWS::ApiGateway::DomainName")
    assert domain["DomainName"] == "api.artistbooking.example"
    assert domain["SecurityPolicy"] == "TLS_1_2"
    assert domain["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    mapping = only(optional, "AWS::ApiGateway::BasePathMapping")
    assert "BasePath" not in mapping
    assert mapping["RestApiId"] == {"Ref": "RestApiOfDefinition"}
    outputs = optional["gateway"]["Outputs"]
    assert outputs["ApiUrl"]["Value"] == "https://api.artistbooking.example"
    assert "RegionalDomainName" in str(outputs["ApiDomainTarget"])


def test_clients_are_given_the_domain_of_the_websocket_api(optional: Templates) -> None:
    domain = only(optional, "AWS::ApiGatewayV2::DomainName")
    assert domain["DomainName"] == "live.artistbooking.example"
    assert only(optional, "AWS::ApiGatewayV2::ApiMapping")["Stage"]
    outputs = optional["messaging"]["Outputs"]
    assert outputs["WebSocketUrl"]["Value"] == "wss://live.artistbooking.example"
    for function in resources(optional, "AWS::Lambda::Function"):
        variables = function["Environment"]["Variables"]
        assert ("WEBSOCKET_DOMAIN" in variables) == ("WEBSOCKET_URL" in variables)
        # Functions post to the API's own address, for which they have the permission.
        assert "artistbooking.example" not in str(variables.get("WEBSOCKET_URL", ""))


def test_a_zone_of_ours_proves_the_certificates_and_has_the_records(optional: Templates) -> None:
    names = {"api.artistbooking.example", "live.artistbooking.example"}
    made = resources(optional, "AWS::CertificateManager::Certificate")
    assert {one["DomainName"] for one in made} == names
    for one in made:
        (option,) = one["DomainValidationOptions"]
        assert option == {"DomainName": one["DomainName"], "HostedZoneId": "Z0123"}
    records = resources(optional, "AWS::Route53::RecordSet")
    assert {one["Name"].rstrip(".") for one in records} == names
    assert all("RegionalHostedZoneId" in str(one["AliasTarget"]) for one in records)


def test_a_certificate_of_ours_serves_both_names_and_dns_stays_elsewhere() -> None:
    settings = CustomDomain("api.example", "live.example", certificate_arn=CERTIFICATE)
    stack = Stack(App(), "Domains")
    api = apigateway.SpecRestApi(
        stack, "Api", api_definition=apigateway.ApiDefinition.from_inline({"openapi": "3.0.1"})
    )
    RestDomain(Construct(stack, "Rest"), settings, api, api.deployment_stage)
    live = websocket.WebSocketApi(stack, "Live")
    stage = websocket.WebSocketStage(stack, "Stage", web_socket_api=live, stage_name="live")
    WebSocketDomain(Construct(stack, "Socket"), settings, live, stage)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::ApiGateway::DomainName",
        {"DomainName": "api.example", "RegionalCertificateArn": CERTIFICATE},
    )
    configuration = {"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_1_2"}
    template.has_resource_properties(
        "AWS::ApiGatewayV2::DomainName",
        {
            "DomainName": "live.example",
            "DomainNameConfigurations": [Match.object_like(configuration)],
        },
    )
    template.resource_count_is("AWS::CertificateManager::Certificate", 0)
    template.resource_count_is("AWS::Route53::RecordSet", 0)
    # Whoever keeps the DNS points the names to these.
    assert {"ApiDomainTarget", "WebSocketDomainTarget"} <= set(template.to_json()["Outputs"])


def test_a_domain_needs_a_certificate_or_a_zone() -> None:
    with pytest.raises(ValueError, match="needs a certificate"):
        CustomDomain("api.example", "live.example")


# ---- private route to MongoDB --------------------------------------------------------------------


def test_functions_that_use_mongodb_run_in_the_private_network(optional: Templates) -> None:
    prefix = "{{resolve:ssm:artist-booking-prod-network-"
    within = {"messaging", "notifications"}
    for stack, template in optional.items():
        for function in resources({stack: template}, "AWS::Lambda::Function"):
            assert ("VpcConfig" in function) == (stack in within), function["FunctionName"]
            if "VpcConfig" in function:
                assert function["VpcConfig"] == {
                    "SubnetIds": [f"{prefix}subnet-1}}}}", f"{prefix}subnet-2}}}}"],
                    "SecurityGroupIds": [f"{prefix}security-group}}}}"],
                }
    named = {one["Name"] for one in resources(optional, "AWS::SSM::Parameter")}
    assert named == {
        "artist-booking-prod-network-subnet-1",
        "artist-booking-prod-network-subnet-2",
        "artist-booking-prod-network-security-group",
    }


def test_only_our_functions_reach_the_endpoint_of_mongodb(optional: Templates) -> None:
    endpoints = resources(optional, "AWS::EC2::VPCEndpoint")
    (mongo,) = (one for one in endpoints if one["VpcEndpointType"] == "Interface")
    assert mongo["ServiceName"] == SERVICE
    assert len(mongo["SubnetIds"]) == 2
    groups = resources(optional, "AWS::EC2::SecurityGroup")
    (database,) = (one for one in groups if "SecurityGroupIngress" in one)
    (rule,) = database["SecurityGroupIngress"]
    assert "SourceSecurityGroupId" in rule
    assert "CidrIp" not in rule
    gateways = {str(one["ServiceName"]) for one in endpoints if one is not mongo}
    assert gateways == {"com.amazonaws.us-east-1.dynamodb", "com.amazonaws.us-east-1.s3"}
    assert {"MongoEndpointId", "OutgoingAddress"} <= set(optional["foundation"]["Outputs"])


def test_roles_may_attach_functions_before_lambda_does(optional: Templates) -> None:
    for stack in ("messaging", "notifications"):
        found = optional[stack]["Resources"]
        for resource in found.values():
            if resource["Type"] == "AWS::Lambda::Function":
                role = resource["Properties"]["Role"]["Fn::GetAtt"][0]
                policies = [
                    id_
                    for id_, one in found.items()
                    if one["Type"] == "AWS::IAM::Policy"
                    and {"Ref": role} in one["Properties"]["Roles"]
                    and "ec2:CreateNetworkInterface" in str(one)
                ]
                assert policies
                assert set(policies) <= set(resource["DependsOn"])


def test_the_page_of_options_says_what_the_private_route_costs(optional: Templates) -> None:
    price = sum(
        price * len(resources(optional, type_)) for type_, price in PRICES.items()
    ) + ENDPOINT_IN_A_ZONE * sum(
        len(one["SubnetIds"])
        for one in resources(optional, "AWS::EC2::VPCEndpoint")
        if one["VpcEndpointType"] == "Interface"
    )
    assert f"${price:.2f} a month" in (ROOT / "docs" / "options.md").read_text()
