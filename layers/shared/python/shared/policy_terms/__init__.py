"""An artist's policies as every feature knows them: their rules, and what an act costs by them.

Policies publishes versions and keeps their texts; whoever binds a booking to them keeps `Terms`, a
copy without the text, and works out costs with `evaluate` alone. Nothing here reads a clock or a
database, so the same terms, situation and instant cost the same everywhere, for ever.

Amounts are whole minor units of the booking's currency (ISO 4217); instants are aware datetimes.
"""

from shared.policy_terms.costs import (
    Action,
    Clause,
    Cost,
    Situation,
    amount_of,
    evaluate,
    evaluate_by_artist,
)
from shared.policy_terms.force import (
    DEFAULT_NUMBER,
    DEFAULTS,
    DEFAULTS_PUBLISHED_AT,
    Default,
    default_versions,
    first_number,
    forms_in_force,
    in_force,
)
from shared.policy_terms.money import money
from shared.policy_terms.rules import (
    AgeRules,
    Amount,
    CancellationRules,
    ConsentRules,
    Count,
    DepositRules,
    DesignRules,
    Fee,
    Fixed,
    Hours,
    ImageRightsRules,
    Kind,
    LateArrivalRules,
    NoShowRules,
    Percent,
    RescheduleRules,
    Rules,
    Slug,
    Tier,
    form_of,
    kind_of,
)
from shared.policy_terms.versions import (
    Terms,
    VersionId,
    digest,
    owner_of_service,
    parse_version_id,
    text_hash,
    version_id,
)

__all__ = [
    "DEFAULTS",
    "DEFAULTS_PUBLISHED_AT",
    "DEFAULT_NUMBER",
    "Action",
    "AgeRules",
    "Amount",
    "CancellationRules",
    "Clause",
    "ConsentRules",
    "Cost",
    "Count",
    "Default",
    "DepositRules",
    "DesignRules",
    "Fee",
    "Fixed",
    "Hours",
    "ImageRightsRules",
    "Kind",
    "LateArrivalRules",
    "NoShowRules",
    "Percent",
    "RescheduleRules",
    "Rules",
    "Situation",
    "Slug",
    "Terms",
    "Tier",
    "VersionId",
    "amount_of",
    "default_versions",
    "digest",
    "evaluate",
    "evaluate_by_artist",
    "first_number",
    "form_of",
    "forms_in_force",
    "in_force",
    "kind_of",
    "money",
    "owner_of_service",
    "parse_version_id",
    "text_hash",
    "version_id",
]
