"""What is delivered for a night of the harness."""

import json
from pathlib import Path


def deliver_extracts(home: Path, day: str = "2026-06-30", records: int = 2) -> None:
    """One good file of each enabled source."""
    folder = home / "extracts"
    (folder / "consent").mkdir(parents=True, exist_ok=True)
    (folder / "google_ads").mkdir(parents=True, exist_ok=True)
    lines = [
        {
            "record_id": f"{day}-{number}",
            "contact_point_type": "email",
            "contact_point": f"p{number}@example.com",
            "channel": "email",
            "purpose": "marketing",
            "state": "granted",
            "legal_basis": "consent",
            "collected_by": "form",
            "evidence": {"form": 1},
            "recorded_at": f"{day}T10:00:00Z",
        }
        for number in range(records)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "consent" / f"records-{day}.jsonl").write_text(text, encoding="utf-8")
    header = (
        "customer_id,campaign_id,campaign_name,date,currency_code,cost_micros,impressions,"
        "clicks,conversions\n"
    )
    (folder / "google_ads" / f"campaign_days-{day}.csv").write_text(
        header + f"1,2,spring,{day},EUR,1000000,10,1,0.5\n", encoding="utf-8"
    )
