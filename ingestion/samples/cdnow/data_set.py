"""The CDNOW purchases as a data set of `clientele sample`."""

from ingestion.samples import Place
from ingestion.samples.cdnow import make_cdnow

OPTIONS = frozenset[str]()
SOURCE = "cdnow"


def make(place: Place) -> str:
    """Write the purchases' extracts."""
    make_cdnow(place.folder)
    return f"sample: the CDNOW purchases in {place.landing}"
