"""What a source adds to the models that all sources share, declared in its own file.

`feeds` names the staging models behind each canonical model, `record_kinds` the kinds of records
about people that these bring, `identifier_types` the ids that the source itself gives out.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Feed → what its staging models are read by. The columns that each wants stand in that model.
FEEDS = {
    "people": "identity/source_records",
    "deletions": "core/deleted_records",
    "personal_details": "identity/personal_details",
    "merges": "identity/identity_statements",
    "consents": "core/consent_decisions",
    "orders": "core/source_orders",
    "order_lines": "core/source_order_lines",
    "order_discounts": "core/order_discounts",
    "payments": "core/source_payments",
    "refunds": "core/source_refunds",
    "disputes": "core/source_disputes",
    "checkouts": "core/checkouts",
    "products": "core/products",
    "variants": "core/product_variants",
    "variant_costs": "core/order_lines",
    "ad_spend": "core/ad_spend",
    "ledger_lines": "core/ledger_lines",
    "ledger_refunds": "core/ledger_lines",
}

# A household shares a login; one under which more people go by is the tracker's word for nobody.
LOGIN_HOLDERS = 5

# What a source of orders feeds besides, and why.
ORDERS_NEED = {
    "people": "who gave an order is a record about a person",
    "order_lines": "an order is worth its lines",
    "payments": "an order counts by the money that came in for it",
}


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RecordKind(_Declared):
    """A kind of record about a person.

    `trust_rank` says how far it is trusted to know a person's name and addresses, 1 the most.
    `touch` is what the first record of its kind means in the customer's timeline, if anything.
    `is_trace` marks what somebody did (an order, a visit): left by people who are gone, too.
    """

    trust_rank: Annotated[int, Field(strict=True, ge=1, le=9)]
    touch: Literal["signed_up", "became_contact"] | None = None
    is_trace: bool = False


class IdentifierType(_Declared):
    """A kind of id that a source gives out; the columns of `seeds.identifier_types`.

    `is_login` marks the login of a shop: other sources that name a login mean that of their shop.
    Held by more than `max_holders` (of a login LOGIN_HOLDERS unless said), a value joins nobody.
    """

    priority: Annotated[int, Field(strict=True, gt=0, le=1_000_000)]
    is_strong: bool = True
    normalisation: Literal["text", "email", "phone"] = "text"
    is_account: bool = True
    max_holders: Annotated[int, Field(strict=True, gt=0)] | None = None
    max_per_customer: Annotated[int, Field(strict=True, gt=0)] | None = None
    match_confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    description: str
    is_login: bool = False

    @model_validator(mode="before")
    @classmethod
    def _logins_have_few_holders(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("is_login") is True:
            return {"max_holders": LOGIN_HOLDERS, **given}
        return given
