"""Web ACL: a rate rule in front of a stage, against floods from one address.

API Gateway answers what it blocks with the gateway response WAF_FILTERED, a 403. The rule counts
IPv6 addresses one by one, since AWS WAF cannot count a /64 together; the app does.
"""

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra import environments

EVALUATION_SECONDS = 300


class WebAcl(Construct):
    """Web ACL of a REST API's stage, with one rule."""

    def __init__(
        self, scope: Construct, settings: environments.WebAcl, stage: apigateway.Stage, prefix: str
    ) -> None:
        super().__init__(scope, "WebAcl")
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            name=prefix,
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_metric(prefix),
            rules=[
                wafv2.CfnWebACL.RuleProperty(
                    name="floods",
                    priority=0,
                    action=wafv2.CfnWebACL.RuleActionProperty(block={}),
                    statement=wafv2.CfnWebACL.StatementProperty(
                        rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                            aggregate_key_type="IP",
                            limit=settings.requests_per_address,
                            evaluation_window_sec=EVALUATION_SECONDS,
                        )
                    ),
                    visibility_config=_metric(f"{prefix}-floods"),
                )
            ],
        )
        wafv2.CfnWebACLAssociation(
            self, "Association", resource_arn=stage.stage_arn, web_acl_arn=acl.attr_arn
        )


def _metric(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, sampled_requests_enabled=False, metric_name=name
    )
