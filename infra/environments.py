"""Environments that are deployed, and everything in which they differ."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from infra import features  # noqa: F401  # where `shared` is
from infra.application import REGION, prefix_of
from shared.platform.config import Limits

# Account and region of each environment on AWS by its name; `make pin ENV=dev` writes it.
PINS = Path(__file__).with_name("accounts.json")


ALIAS = "live"


@dataclass(frozen=True)
class UsagePlan:
    """What one client application may send: a wide protection of what is behind the gateway.

    The key of a browser or an app is no secret, and everybody shares it. So its plan has no quota
    of a day, which anybody could use up for all, and a rate well above the peak. Abuse is limited
    per address and per user (`Limits`), floods by the web ACL.
    """

    requests_per_second: int
    burst: int
    requests_per_day: int | None = None  # only where the key is one customer's own


@dataclass(frozen=True)
class WebAcl:
    """A web ACL in front of the API, which blocks addresses that flood it.

    It costs $5 a month, $1 for its rule and $0.60 for a million requests (AWS WAF pricing).

    Attributes:
        requests_per_address: Requests of an IP address in any five minutes. Whole offices share an
            address; our own limits allow a person 1000 in fifteen minutes.
    """

    requests_per_address: int = 5000


@dataclass(frozen=True)
class CustomDomain:
    """Domains of our own for the REST API and the WebSocket API (docs/options.md).

    Attributes:
        api: Name of the REST API, such as `api.artistbooking.example`.
        live: Name of the WebSocket API, such as `live.artistbooking.example`.
        certificate_arn: Certificate for both names, in the region of the environment. Empty where
            the zone is ours: certificates are made then.
        hosted_zone_id: Zone of Route 53 that holds both names; empty where DNS is elsewhere.

    Raises:
        ValueError: There is neither a certificate nor a zone to prove one with.
    """

    api: str
    live: str
    certificate_arn: str = ""
    hosted_zone_id: str = ""

    def __post_init__(self) -> None:
        """Refuse a domain that no certificate can be shown for."""
        if not (self.certificate_arn or self.hosted_zone_id):
            raise ValueError("A domain needs a certificate, or a hosted zone to make one.")


@dataclass(frozen=True)
class PrivateMongo:
    """A private route to MongoDB (docs/options.md).

    Attributes:
        endpoint_service: Name of the endpoint service of AWS PrivateLink that offers the cluster,
            such as `com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0`.
    """

    endpoint_service: str


@dataclass(frozen=True)
class SearchCollection:
    """A collection of OpenSearch Serverless that answers searches for artists (docs/options.md).

    Attributes:
        endpoint: Its address, such as `https://0123abc.us-east-1.aoss.amazonaws.com`.
        arn: Its ARN.
    """

    endpoint: str
    arn: str


@dataclass(frozen=True)
class ServiceLevel:
    """Objectives of a feature over a month, and two alarms on what is left of its error budget.

    A feature costs $2.20 a month for the twelve alarms that these two consist of and the two
    themselves (docs/adr/0079).

    Attributes:
        answered: Share of the requests that get another answer than a 5xx.
        in_time: Share of the requests that are answered within `milliseconds`.
        milliseconds: What people take for prompt.
    """

    answered: float = 0.999
    in_time: float = 0.99
    milliseconds: int = 1000


# The busiest minute that production is sized for: 2000 people at the same time, of whom each opens
# a page every 20 seconds, which sends 8 requests at once: 800 requests a second.
_PRODUCTION_PLANS = {
    "web": UsagePlan(2000, 4000),
    "mobile": UsagePlan(2000, 4000),
    "partner": UsagePlan(10, 20, 50_000),
}
# A few testers.
_DEVELOPMENT_PLANS = {
    "web": UsagePlan(100, 200),
    "mobile": UsagePlan(100, 200),
    "partner": UsagePlan(10, 20, 50_000),
}


@dataclass(frozen=True)
class Concurrency:
    """How many invocations run at the same time.

    An account has 1,000 by default for all its functions (a new account may have 10: `aws lambda
    get-account-settings`), and what is reserved must leave 100 of them. Reserving caps a function
    too, so load on one feature cannot take what the others need.

    Attributes:
        by_queue: Most invocations by single queues; AWS takes 2 to 1,000. For workers that wait
            for devices or a provider, and so are at their maximum whenever many messages come.
        per_worker: Reserved for the worker of each other queue, whose maximum it is; None for no
            maximum. Lambda polls such a queue, while it is empty, with two pollers instead of
            five, and polling is most of what an idle environment costs (docs/adr/0024).
        per_shard: Most invocations by one shard of a table's stream, 1 to 10.
        reserved_by_default: Reserved for each function that anybody can have invoked; None for
            no reservation, in accounts that are too small for it.
        reserved_by_group: The same for single groups of functions, where it differs.
    """

    by_queue: Mapping[str, int] = field(
        default_factory=lambda: {
            "messaging-deliveries": 10,
            "notifications-email": 20,
            "notifications-push": 16,
            "notifications-sms": 10,
        }
    )
    per_worker: int | None = None
    per_shard: int = 1
    reserved_by_default: int | None = None
    reserved_by_group: Mapping[str, int] = field(default_factory=dict)

    def reserved(self, group: str) -> int | None:
        """Return the reserved concurrency of a public function of a group."""
        return self.reserved_by_group.get(group, self.reserved_by_default)


@dataclass(frozen=True)
class Environment:
    """One deployment of the whole product."""

    name: str
    region: str = REGION
    account: str | None = None  # None: not pinned yet, so that nothing is deployed to it
    allowed_origins: tuple[str, ...] = ("http://localhost:5173",)
    limits: Limits = field(default_factory=Limits)
    websockets: bool = True  # False where API Gateway v2 is missing: clients poll
    monolith_url: str = ""  # forwards what no feature owns; nothing when empty
    web_app_url: str = ""  # base URL of the pages that mails link to; no links when empty
    retry_base_seconds: int = 30
    # What SMS cost an artist, and may at most on one day, in millionths of a US dollar.
    sms_segment_price: int = 50_000
    sms_daily_cap: int = 10_000_000
    concurrency: Concurrency = Concurrency()
    monitored: bool = True  # False where there are no metrics of AWS for the monitor to read
    log_retention_days: int = 30
    retain_data: bool = True
    usage_plans: Mapping[str, UsagePlan] = field(default_factory=lambda: _PRODUCTION_PLANS)
    web_acl: WebAcl | None = None
    # How CodeDeploy moves requests to new versions of functions (docs/adr/0078); None: all at once.
    canary: str | None = None
    domain: CustomDomain | None = None
    private_mongo: PrivateMongo | None = None  # None: MongoDB is reached over the internet
    search: SearchCollection | None = None  # None: searches are answered from the table
    # Objectives by feature. Their alarms are paid for, so none is on unless it is named here.
    service_levels: Mapping[str, ServiceLevel] = field(default_factory=dict)
    dashboards: bool = False  # three are free in an account, so those of production are

    def __post_init__(self) -> None:
        """Refuse a name with which the resources of one environment seem to be another's.

        Raises:
            ValueError: It has other characters than lower-case letters and digits.
        """
        if not re.fullmatch("[a-z][a-z0-9]*", self.name):
            raise ValueError(f"{self.name} is no name of an environment: [a-z][a-z0-9]*")

    @property
    def prefix(self) -> str:
        """Prefix of the names of all resources in this environment."""
        return prefix_of(self.name)

    @property
    def alias(self) -> str:
        """Alias of the functions that people reach; empty where they have no versions."""
        return ALIAS if self.canary else ""

    @property
    def is_local(self) -> bool:
        """Whether this is a stack on this machine, by MiniStack or LocalStack."""
        return self.name == "local"

    def with_one_address(self) -> "Environment":
        """Return it for an endpoint that gives functions one IP address for all callers.

        What is limited per address would be limited for everybody together, so these limits are
        raised a thousandfold. Those per user and session stay.
        """
        by_address = {
            name: getattr(self.limits, name) * 1000
            for name in Limits.__struct_fields__
            if name not in ("user_limit", "refresh_limit")
        }
        return replace(self, limits=msgspec.structs.replace(self.limits, **by_address))


def apply_pin(environment: Environment, pins: Mapping[str, Mapping[str, str]]) -> Environment:
    """Return the environment with the account and the region that it is pinned to, if it is."""
    pin = pins.get(environment.name)
    if pin is None:
        return environment
    return replace(environment, account=pin["account"], region=pin["region"])


_PINS = json.loads(PINS.read_text())

ENVIRONMENTS = {
    environment.name: apply_pin(environment, _PINS)
    for environment in (
        Environment(
            "local",
            account="000000000000",
            allowed_origins=("http://localhost:5173", "http://localhost:*", "http://127.0.0.1:*"),
            web_app_url="http://localhost:5173",
            retry_base_seconds=1,
            sms_daily_cap=10_000_000_000,  # the bench sends many, and none is paid for
            # Each worker more is a process with a cold start; few of them have fuller batches.
            concurrency=Concurrency(
                by_queue=dict.fromkeys(
                    (*Concurrency().by_queue, "messaging-events", "notifications-events"), 4
                )
            ),
            monitored=False,
            log_retention_days=1,
            retain_data=False,
        ),
        Environment("dev", log_retention_days=7, retain_data=False, usage_plans=_DEVELOPMENT_PLANS),
        Environment(
            "prod",
            allowed_origins=("https://app.artistbooking.example",),
            web_app_url="https://app.artistbooking.example",
            canary="LambdaCanary10Percent5Minutes",
            dashboards=True,
            concurrency=Concurrency(
                per_worker=16,
                reserved_by_default=25,
                # Every request needs the authorizer; the others serve most of the anonymous ones.
                reserved_by_group={
                    "appointments": 80,
                    "auth": 80,
                    "authorizer": 80,
                    "gateway": 40,
                    "profiles": 80,
                },
            ),
        ),
    )
}
