"""The Online Retail ledger as a data set of `clientele sample`."""

from pathlib import Path

from ingestion.samples import Place
from ingestion.samples.online_retail import make_online_retail

OPTIONS = frozenset({"published"})
SOURCE = "online_retail"


def make(place: Place, *, published: Path | None = None) -> str:
    """Write the ledger's extract: the whole of a `published` file, else the cut."""
    report = make_online_retail(place.folder, published)
    return (
        f"sample: {report.rows:,} lines of the Online Retail ledger in {place.landing},"
        f" {report.amount:,} GBP in all"
    )
