"""The sample shop as a data set of `clientele sample`."""

from datetime import date

from ingestion.samples import Place
from ingestion.samples.shop import make_sample

OPTIONS = frozenset({"customers", "seed", "nights", "until"})
SOURCE = None


def make(
    place: Place,
    *,
    customers: int = 2000,
    seed: int = 7,
    nights: int = 10,
    until: date | None = None,
) -> str:
    """Write the shop's extracts and its truth."""
    place.say(f"sample: making a shop with {customers:,} customers")
    report = make_sample(
        place.folder,
        place.truth,
        customers=customers,
        seed=seed,
        nights=nights,
        until=until,
        progress=place.say,
    )
    return f"sample: {len(report.files):,} extract files in {place.landing}"
