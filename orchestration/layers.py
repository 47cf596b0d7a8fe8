"""What stands on each step of the path: which layers its models may read, and which Python steps
sit in it. The path itself is in `ingestion/layers.py`."""

# Which layers a layer's models may read; nothing else.
MAY_READ: dict[str, frozenset[str]] = {
    "staging": frozenset({"raw", "staging"}),
    "identity": frozenset({"staging", "identity"}),
    "core": frozenset({"staging", "identity", "core"}),
    "marts": frozenset({"core", "marts"}),
    "segments": frozenset({"core", "marts", "segments"}),
    "sync": frozenset({"segments", "core", "marts"}),
}

# Python steps that sit between two dbt builds of a layer: what SQL cannot say. Step → its layer and
# the tables it reads.
STEPS: dict[str, tuple[str, ...]] = {
    "phones": ("identity.source_records", "identity.written_contact_points"),
    "addresses": (
        "identity.source_records",
        "identity.written_contact_points",
        "seeds.identifier_types",
    ),
    "match": ("identity.source_records", "identity.personal_details", "seeds.identifier_types"),
    "ltv": ("marts.purchase_histories", "marts.purchase_days", "marts.first_touches"),
}
# Steps of one layer stand side by side, between the same two builds.
STEP_LAYER: dict[str, str] = {
    "phones": "identity",
    "addresses": "identity",
    "match": "identity",
    "ltv": "marts",
}
# What each step writes: source('steps', …) in dbt.
STEP_TABLES: dict[str, tuple[str, ...]] = {
    "phones": ("phones",),
    "addresses": ("addresses",),
    "match": ("name_matches", "name_match_refusals"),
    "ltv": ("ltv_scores", "ltv_fits", "ltv_totals", "ltv_backtests", "ltv_backtest_deciles"),
}
