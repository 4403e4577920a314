"""Private network with a route to MongoDB: an option of environments, for what it costs.

Functions that use MongoDB run in two private subnets. They reach it through an endpoint of AWS
PrivateLink, such as MongoDB Atlas offers, so its access list holds no address of the internet.
Everything else that they call (providers of messages, connected devices, AWS) is reached through a
NAT gateway, and DynamoDB and S3 through endpoints that cost nothing. Stacks find the network by
parameters of Systems Manager, because they share nothing but names (docs/options.md).
"""

from aws_cdk import CfnOutput, Fn, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.environments import Environment, PrivateMongo
from infra.nag import accept

_CIDR = "10.60.0.0/20"
_PUBLIC = "10.60.0.0/24"
_PRIVATE = ("10.60.4.0/22", "10.60.8.0/22")
# Atlas listens for each member of a replica set on a port of its own.
_FIRST_PORT, _LAST_PORT = 1024, 65535
_NETWORK = ("network-subnet-1", "network-subnet-2", "network-security-group")
# What Lambda needs to attach a function to a network ("Lambda execution role", AWS). None of these
# actions knows a narrower resource that is known before.
_ATTACH = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


class PrivateNetwork(Construct):
    """The network of an environment."""

    def __init__(self, scope: Construct, settings: PrivateMongo, *, prefix: str) -> None:
        super().__init__(scope, "Network")
        vpc = ec2.CfnVPC(
            self, "Vpc", cidr_block=_CIDR, enable_dns_hostnames=True, enable_dns_support=True
        )
        private = ec2.CfnRouteTable(self, "PrivateRoutes", vpc_id=vpc.ref)
        address, nat = self._reach_the_internet(vpc)
        ec2.CfnRoute(
            self,
            "ToInternet",
            route_table_id=private.ref,
            destination_cidr_block="0.0.0.0/0",
            nat_gateway_id=nat.attr_nat_gateway_id,
        )
        subnets = [self._subnet(vpc, private, position) for position in range(len(_PRIVATE))]
        for service in ("dynamodb", "s3"):
            ec2.CfnVPCEndpoint(
                self,
                f"To-{service}",
                vpc_id=vpc.ref,
                service_name=f"com.amazonaws.{Stack.of(self).region}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=[private.ref],
            )
        functions = ec2.CfnSecurityGroup(
            self,
            "Functions",
            group_description="Functions that use MongoDB: they call, and nobody calls them.",
            vpc_id=vpc.ref,
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="tcp",
                    cidr_ip="0.0.0.0/0",
                    from_port=1,
                    to_port=_LAST_PORT,
                    description="MongoDB, AWS and providers",
                )
            ],
        )
        database = ec2.CfnSecurityGroup(
            self,
            "Database",
            group_description="Endpoint of MongoDB: only our functions call it.",
            vpc_id=vpc.ref,
            security_group_ingress=[
                ec2.CfnSecurityGroup.IngressProperty(
                    ip_protocol="tcp",
                    source_security_group_id=functions.attr_group_id,
                    from_port=_FIRST_PORT,
                    to_port=_LAST_PORT,
                    description="Our functions",
                )
            ],
        )
        endpoint = ec2.CfnVPCEndpoint(
            self,
            "ToMongo",
            vpc_id=vpc.ref,
            service_name=settings.endpoint_service,
            vpc_endpoint_type="Interface",
            subnet_ids=[subnet.ref for subnet in subnets],
            security_group_ids=[database.attr_group_id],
        )
        values = (*(subnet.ref for subnet in subnets), functions.attr_group_id)
        for name, value in zip(_NETWORK, values, strict=True):
            ssm.CfnParameter(self, name, name=f"{prefix}-{name}", type="String", value=value)
        CfnOutput(self, "Endpoint", value=endpoint.ref).override_logical_id("MongoEndpointId")
        CfnOutput(self, "Address", value=address.ref).override_logical_id("OutgoingAddress")
        accept(
            Stack.of(self),
            {"VPC7": "Flow logs of a network that nobody can enter cost more than they show."},
        )

    def _reach_the_internet(self, vpc: ec2.CfnVPC) -> tuple[ec2.CfnEIP, ec2.CfnNatGateway]:
        gateway = ec2.CfnInternetGateway(self, "Internet")
        attached = ec2.CfnVPCGatewayAttachment(
            self, "Attachment", vpc_id=vpc.ref, internet_gateway_id=gateway.ref
        )
        routes = ec2.CfnRouteTable(self, "PublicRoutes", vpc_id=vpc.ref)
        route = ec2.CfnRoute(
            self,
            "Outward",
            route_table_id=routes.ref,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.ref,
        )
        route.add_dependency(attached)
        subnet = ec2.CfnSubnet(
            self,
            "Public",
            vpc_id=vpc.ref,
            cidr_block=_PUBLIC,
            availability_zone=Fn.select(0, Fn.get_azs()),
        )
        ec2.CfnSubnetRouteTableAssociation(
            self, "PublicAssociation", subnet_id=subnet.ref, route_table_id=routes.ref
        )
        address = ec2.CfnEIP(self, "Outgoing", domain="vpc")
        address.add_dependency(attached)
        nat = ec2.CfnNatGateway(
            self, "Nat", subnet_id=subnet.ref, allocation_id=address.attr_allocation_id
        )
        nat.add_dependency(route)
        return address, nat

    def _subnet(self, vpc: ec2.CfnVPC, routes: ec2.CfnRouteTable, position: int) -> ec2.CfnSubnet:
        subnet = ec2.CfnSubnet(
            self,
            f"Private{position + 1}",
            vpc_id=vpc.ref,
            cidr_block=_PRIVATE[position],
            availability_zone=Fn.select(position, Fn.get_azs()),
        )
        ec2.CfnSubnetRouteTableAssociation(
            self,
            f"PrivateAssociation{position + 1}",
            subnet_id=subnet.ref,
            route_table_id=routes.ref,
        )
        return subnet


def attach(function: lambda_.Function, environment: Environment) -> None:
    """Run a function in the private network, which is found by its parameters."""
    *subnets, group = (f"{{{{resolve:ssm:{environment.prefix}-{name}}}}}" for name in _NETWORK)
    resource = function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    resource.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
        subnet_ids=subnets, security_group_ids=[group]
    )
    function.add_to_role_policy(iam.PolicyStatement(actions=[*_ATTACH], resources=["*"]))
