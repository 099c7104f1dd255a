"""Who the law looks at: the profile that an incident pins when it opens."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, JsonValue

from domain.model import Value
from domain.vocabulary import parse

Sector = Literal["banking_insurance", "industry_telecom", "central_bank", "automotive", "finance_eu", "other"]
Jurisdiction = Literal["CN", "EU", "UK", "US", "SG", "HK", "JP", "KR", "AU", "CA", "IN", "BR"]

Regime = Literal[
    "none",
    "nis2_entity",
    "trust_service_provider",
    "product_manufacturer_eu",
    "communications_provider_uk",
    "hipaa_covered_entity",
    "hipaa_business_associate",
    "sec_registrant",
    "nydfs_covered_entity",
    "banking_organisation_us",
    "nonbank_financial_us",
    "circia_covered_entity",
    "ci_operator_hk",
    "small_agent_br",
]


class Range(Value):
    """A figure that is only known between bounds; at least one is there."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)


class Organisation(Value):
    """The profile, in the names of the vocabulary; None is unknown, never false."""

    name: str | None = None
    province: str | None = None
    operates_cii: bool | None = None
    state_organ: bool | None = None
    provides_network_products: bool | None = None
    offers_public_services: bool | None = None
    handles_important_data: bool | None = None
    persons_processed: int | Range | None = None
    sectors: tuple[Sector, ...] | None = None
    jurisdictions: tuple[Jurisdiction, ...] = ("CN",)
    regulated_as: tuple[Regime, ...] | None = None

    @classmethod
    def read(cls, profile: Mapping[str, object]) -> "Organisation":
        """Read a profile as its file says it; what is `unknown` or left out stays unknown.

        Raises:
            FactInvalid: for a name outside the vocabulary or a value outside its form.

        """
        known: dict[str, JsonValue] = {}
        for name, value in profile.items():
            canonical = parse(name, value, scope="organisation")
            if canonical != "unknown":
                known[name] = canonical
        return cls.model_validate(known)

    def facts(self) -> dict[str, JsonValue]:
        """Write the profile as facts; what is unknown is left out."""
        return self.model_dump(mode="json", exclude_none=True)
