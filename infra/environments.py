"""Environments that are deployed, and everything in which they differ."""

from dataclasses import dataclass, field

from shared.platform.config import Limits

APPLICATION = "artist-booking"


@dataclass(frozen=True)
class UsagePlan:
    """Limits of one client application: rate, burst, and daily quota of requests."""

    requests_per_second: int
    burst: int
    requests_per_day: int


@dataclass(frozen=True)
class Environment:
    """One deployment of the whole product."""

    name: str
    region: str = "us-east-1"
    account: str | None = None  # None: the account of the credentials at hand
    allowed_origins: tuple[str, ...] = ("http://localhost:5173",)
    limits: Limits = field(default_factory=Limits)
    websockets: bool = True  # False where API Gateway v2 is missing: clients poll
    monolith_url: str = ""  # forwards what no feature owns; nothing when empty
    retry_base_seconds: int = 30
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
            log_retention_days=1,
            retain_data=False,
        ),
        Environment("dev", log_retention_days=7, retain_data=False),
        Environment("prod", allowed_origins=("https://app.artistbooking.example",)),
    )
}
