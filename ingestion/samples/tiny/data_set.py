"""The tiny shop as a data set of `clientele sample`."""

from ingestion.samples import Place
from ingestion.samples.tiny import make_tiny

OPTIONS = frozenset({"seed"})
SOURCE = None


def make(place: Place, *, seed: int = 7) -> str:
    """Write the shop's extracts and its truth."""
    files = make_tiny(place.folder, place.truth, seed=seed)
    return f"sample: {files} extract files of a shop with twenty people in {place.landing}"
