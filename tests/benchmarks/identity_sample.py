"""Part of topic `identity`: what likeness alone joins in a whole night of the sample shop,
whose people bear few names, and is it right?"""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from published_night import after_a_night

from orchestration.settings import PROJECT
from orchestration.steps.match.columns import THRESHOLD
from orchestration.steps.match.step import MATCHES_FILE, run_match

CUSTOMERS = 5_000
SEED = 101  # that no test tunes to
SOURCES = ("shopify", "stripe", "hubspot", "salesforce")
RIGHT = """
select count(*), count(*) filter (one.person_id = two.person_id)
from read_parquet($matches) as matches
inner join read_parquet($truth) as one on matches.left_record_id = one.record_id
inner join read_parquet($truth) as two on matches.right_record_id = two.record_id
"""


def measure(size: str) -> list[dict[str, Any]]:
    """At a tiny size nothing: tests/steps/test_match_step.py runs the step then."""
    if size == "tiny":
        return []
    with TemporaryDirectory() as folder:
        settings, written = (
            Path(folder) / "clientele.yml",
            (PROJECT / "clientele.yml").read_text(encoding="utf-8"),
        )
        matched = re.sub(
            rf"^(  (?:{'|'.join(SOURCES)}): +\{{)",
            r"\1match_by_name: true, ",
            written,
            flags=re.MULTILINE,
        )
        settings.write_text(matched, encoding="utf-8")
        with after_a_night(
            "--customers", str(CUSTOMERS), "--seed", str(SEED), settings=settings
        ) as (connection, home):
            report = run_match(connection, Path(folder), sources=SOURCES, threshold=THRESHOLD)
            asked = {
                "matches": str(Path(folder) / MATCHES_FILE),
                "truth": str(home / "truth" / "record_persons.parquet"),
            }
            joined, right = connection.execute(RIGHT, asked).fetchall()[0]
    note = (
        f"what likeness joins beyond identifiers in {report.records_count:,} records;"
        f" sample shop, {CUSTOMERS:,} customers, seed {SEED}"
    )
    return [
        {
            "name": "sample_likeness_merges",
            "value": joined,
            "unit": "merges",
            "bar": "> 0",
            "note": note,
        },
        {
            "name": "sample_likeness_right_share",
            "value": round(right / max(joined, 1), 4),
            "unit": "",
            "bar": ">= 0.9",
            "note": note,
        },
    ]
