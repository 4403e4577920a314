"""Environments that are deployed, and everything in which they differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field

APPLICATION = "artist-booking"


@dataclass(frozen=True)
class UsagePlan:
    """Limits of one client application: rate, burst, and daily quota of requests."""

    requests_per_second: int
    burst: int
    requests_per_day: int


@dataclass(frozen=True)
class Concurrency:
    """How many invocations run at the same time.

    An account has 1,000 by default for all its functions (a new account may have 10: `aws lambda
    get-account-settings`), and what is reserved must leave 100 of them. Reserving caps a function
    too, so load on one feature cannot take what the others need.

    Attributes:
        by_queue: Most invocations by single queues; AWS takes 2 to 1,000. For workers that need
            much memory, or wait for MongoDB or a provider.
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
            "messaging-events": 10,
            "notifications-email": 10,
            "notifications-events": 10,
            "notifications-push": 10,
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
    region: str = "us-east-1"
    account: str | None = None  # None: the account of the credentials at hand
    allowed_origins: tuple[str, ...] = ("http://localhost:5173",)
    anonymous_limit: int = 100  # per IP address and 15 minutes, as the guide says
    user_limit: int = 1000  # per user and 15 minutes
    websockets: bool = True  # False where API Gateway v2 is missing: clients poll
    monolith_url: str = ""  # forwards what no feature owns; nothing when empty
    retry_base_seconds: int = 30
    concurrency: Concurrency = Concurrency()
    monitored: bool = True  # False where there are no metrics of AWS for the monitor to read
    log_retention_days: int = 30
    retain_data: bool = True
    usage_plans: dict[str, UsagePlan] = field(
        default_factory=lambda: {
            "web": UsagePlan(50, 100, 500_000),
            "mobile": UsagePlan(50, 100, 500_000),
            "partner": UsagePlan(10, 20, 50_000),
        }
    )

    @property
    def prefix(self) -> str:
        """Prefix of the names of all resources in this environment."""
        return f"{APPLICATION}-{self.name}"

    @property
    def is_local(self) -> bool:
        """Whether this is the embedded stack or LocalStack."""
        return self.name == "local"


ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            "local",
            account="000000000000",
            retry_base_seconds=1,
            # Tests ask faster than people do; the partner's plan shows what throttling is like.
            usage_plans={
                "web": UsagePlan(1000, 2000, 5_000_000),
                "mobile": UsagePlan(1000, 2000, 5_000_000),
                "partner": UsagePlan(10, 20, 50_000),
            },
            monitored=False,
            log_retention_days=1,
            retain_data=False,
        ),
        Environment("dev", log_retention_days=7, retain_data=False),
        Environment(
            "prod",
            allowed_origins=("https://app.artistbooking.example",),
            concurrency=Concurrency(
                per_worker=20,
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
