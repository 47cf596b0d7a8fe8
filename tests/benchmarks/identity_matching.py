"""Part of topic `identity`: stitching by names, dates of birth and addresses,
where the truth is known, at one fixed threshold.

Nothing in the matching was chosen on these sets' labels; labels are only counted against.
`results/identity_thresholds.md` shows what other thresholds would give.
"""

from typing import Any

import pyarrow as pa
from identity_scores import Quality, account_ltv_error, b_cubed, buyers, merged_share, quality
from identity_sets import fake_1000, febrl, fusion, relatives
from identity_ways import Documented, Stitched, by_email, ours

from orchestration.cli.figures import RESULTS
from orchestration.steps.match.columns import THRESHOLD

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
DOCUMENTED_THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999)
RELATIVES = 600
Figures = list[dict[str, Any]]


def measure(size: str = "full") -> Figures:
    """The figures; `tiny`: some persons of the smallest set and no download,
    to see that the command runs."""
    fake = fake_1000()
    if size == "tiny":
        records, described = relatives(fake.slice(0, 300), 30)
        stitched = ours(records)
        return [*_fake(stitched), *_families(stitched, described)]
    on_fake, on_fusion = ours(fake), ours(fusion())
    figures = _fake(on_fake)
    for name, records in febrl().items():
        note = f"FEBRL data set {name[-1]} (BSD 3-Clause), {len(records)} records"
        figures += _quality(name, quality(records, ours(records).at().groups), note, f1=">= 0.998")
    records, described = relatives(fusion(), RELATIVES)
    figures += [*_fusion(on_fusion), *_families(ours(records), described)]
    table = threshold_table({"fake_1000": on_fake, "fusion": on_fusion})
    (RESULTS / "identity_thresholds.md").write_text(table, encoding="utf-8")
    return figures


def _fake(stitched: Stitched) -> Figures:
    records = stitched.records
    note = f"splink_datasets fake_1000 (MIT), {len(records)} records"
    documented, threshold = Documented(records).best_f1(DOCUMENTED_THRESHOLDS)
    return [
        *_quality(
            "fake_1000",
            quality(records, stitched.at().groups),
            note,
            f1=">= 0.95",
            precision=">= 0.98",
        ),
        *_quality(
            "fake_1000_email_only",
            quality(records, by_email(records)),
            f"{note}; records with one address are one person",
        ),
        *_quality(
            "fake_1000_documented",
            documented,
            f"{note}; Splink as documented, at {threshold}, its best threshold by the labels",
        ),
    ]


def _fusion(stitched: Stitched) -> Figures:
    records, groups = stitched.records, stitched.at().groups
    note = (
        "accounts of a shop, a CRM and a support desk made"
        f" from CDNOW and splink_datasets, {len(records)} records"
    )
    email = by_email(records)
    documented = Documented(records)
    found, threshold = documented.best_f1(DOCUMENTED_THRESHOLDS)
    error, error_threshold = min(
        (account_ltv_error(records, documented.at(threshold)), threshold)
        for threshold in DOCUMENTED_THRESHOLDS
    )
    alone = pa.table(
        {"record_id": pa.array([], pa.string()), "group_id": pa.array([], pa.string())}
    )
    return [
        *_quality("fusion", quality(records, groups), note, f1=">= 0.93", precision=">= 0.99"),
        *_b_cubed("fusion", b_cubed(records, groups), note),
        *_buyers("fusion", records, groups, note),
        _figure("fusion_account_ltv_error", account_ltv_error(records, groups), "<= 0.09", note),
        _figure("fusion_account_ltv_error_unstitched", account_ltv_error(records, alone), "", note),
        *_quality(
            "fusion_email_only",
            quality(records, email),
            f"{note}; records with one address are one person",
        ),
        *_b_cubed("fusion_email_only", b_cubed(records, email), note),
        *_buyers("fusion_email_only", records, email, note),
        _figure("fusion_email_only_account_ltv_error", account_ltv_error(records, email), "", note),
        *_quality(
            "fusion_documented",
            found,
            f"{note}; Splink as documented, at {threshold}, its best threshold by the labels",
        ),
        *_b_cubed(
            "fusion_documented",
            b_cubed(records, documented.at(threshold)),
            f"{note}; at {threshold}",
        ),
        *_buyers("fusion_documented", records, documented.at(threshold), f"{note}; at {threshold}"),
        _figure(
            "fusion_documented_account_ltv_error",
            error,
            "",
            (
                f"{note}; Splink as documented, at {error_threshold},"
                " the threshold that is best for this figure by the truth"
            ),
        ),
    ]


def _families(stitched: Stitched, described: pa.Table) -> Figures:
    records, groups = stitched.records, stitched.at().groups
    email = by_email(records)
    count = len(described)
    note = (
        f"{count} relatives added to {len(records) - count} records:"
        " same surname and city, one record each"
    )
    household = "kind <> 'twin' and shares_mailbox"
    wanted = {
        "family_merged_share": (household, "<= 0.15", "spouses and children with a shared mailbox"),
        "spouses_merged_share": ("kind = 'spouse'", "", "spouses with a shared mailbox"),
        "children_merged_share": ("kind = 'child'", "", "children with a shared mailbox"),
        "twins_merged_share": ("kind = 'twin'", "", "twins, every other one with a shared mailbox"),
        "twins_own_mailbox_merged_share": (
            "kind = 'twin' and not shares_mailbox",
            "",
            "twins with a mailbox of their own",
        ),
    }
    return [
        *(
            _figure(
                name, merged_share(records, groups, described, condition), bar, f"{what}; {note}"
            )
            for name, (condition, bar, what) in wanted.items()
        ),
        _figure(
            "family_email_only_merged_share",
            merged_share(records, email, described, household),
            "",
            f"records with one address are one person; {note}",
        ),
    ]


def threshold_table(stitched: dict[str, Stitched]) -> str:
    """What each threshold would give, as Markdown."""
    lines = [
        "# Thresholds of matching by name",
        "",
        "Made by `make figures TOPIC=identity`.",
        (
            f"The setting is {THRESHOLD}, chosen without labels;"
            " thanks to refusals the figures are flat around it."
        ),
        "",
        "| set | threshold | F1 | precision | recall | account LTV error | refused merges |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in stitched.items():
        for threshold in THRESHOLDS:
            resolution = found.at(threshold)
            good = quality(found.records, resolution.groups)
            error = (
                f"{account_ltv_error(found.records, resolution.groups):.4f}"
                if name == "fusion"
                else "–"
            )
            measures = (
                f"{good.f1:.4f} | {good.precision:.4f} | {good.recall:.4f} | {error} |"
                f" {len(resolution.refusals)}"
            )
            lines.append(f"| {name} | {threshold} | {measures} |")
    return "\n".join(lines) + "\n"


def _quality(name: str, found: Quality, note: str, *, f1: str = "", precision: str = "") -> Figures:
    return [
        _figure(f"{name}_f1", found.f1, f1, note),
        _figure(f"{name}_precision", found.precision, precision, note),
        _figure(f"{name}_recall", found.recall, "", note),
    ]


def _b_cubed(name: str, found: Quality, note: str) -> Figures:
    return [
        _figure(f"{name}_b_cubed_f1", found.f1, "", note),
        _figure(f"{name}_b_cubed_precision", found.precision, "", note),
        _figure(f"{name}_b_cubed_recall", found.recall, "", note),
    ]


def _buyers(name: str, records: pa.Table, groups: pa.Table, note: str) -> Figures:
    found = buyers(records, groups)
    return [
        _figure(
            f"{name}_customers_with_orders",
            found.found,
            "",
            f"{found.true} persons ordered; {note}",
        ),
        _figure(
            f"{name}_top_decile_recall",
            found.top_decile_recall,
            "",
            f"of the tenth that truly spent most; {note}",
        ),
    ]


def _figure(name: str, value: float, bar: str, note: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 4), "unit": "", "bar": bar, "note": note}
