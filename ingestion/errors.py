"""What can go wrong on the way from an extract to raw; every message names the file,
what is wrong and the remedy."""


class IngestionError(Exception):
    """Anything ingestion reports to a person."""


class ContractError(IngestionError):
    """A contract under `sources/` is wrong; names the file and the key."""


class LedgerError(IngestionError):
    """Ledger and raw files disagree in a way that only a person can settle."""


class QuarantineError(IngestionError):
    """What was asked of the quarantine cannot be done; names the file and the remedy."""


class LandingZoneError(IngestionError):
    """The landing zone itself is missing or cannot be read."""


class StorageError(IngestionError, OSError):
    """Object storage does not do what was asked of it; names the storage and the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.strerror = message


class ExtractError(IngestionError):
    """One extract cannot be used.

    `reason` says what, where in the file (byte or line) and the remedy; it never holds a value.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


FAULT = "a fault of the loader, report it; the file is tried again every night"


class LoaderFaultError(ExtractError):
    """The file may be right: it is the loader that cannot cope. `what` holds no value."""

    def __init__(self, what: str) -> None:
        super().__init__(f"could not be loaded ({what}): {FAULT}")


class ExtractChangedError(ExtractError):
    """The extract changed while it was being read: somebody is still writing it.

    It is left for the next run.
    """
