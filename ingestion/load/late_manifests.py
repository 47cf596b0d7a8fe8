"""A manifest that came after its file was loaded: the file is held against it all the same."""

from ingestion.entry import Entry
from ingestion.errors import ExtractError
from ingestion.landing.manifests import read_manifest
from ingestion.landing.scan import MANIFEST, Extract
from ingestion.load.convert import Converter
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.protocol import Storage


def late_doubt(
    landing: Storage, raw: RawFolder, converter: Converter, extract: Extract, known: Entry
) -> tuple[str, str | None]:
    """The manifest's sha256, and why it does not vouch for the rows in raw (None when it does).

    Errors: `OSError`.
    """
    try:
        manifest = read_manifest(landing.bring(extract.path + MANIFEST), extract.table)
        if manifest is None:
            return "", None  # gone since the folder was listed
        if manifest.digest != known.manifest_sha256:
            manifest.check_content(known.sha256)
            manifest.check_rows(known.rows_read or 0)
            is_whole = not known.rows_quarantined and known.schema_hash == extract.table.fingerprint
            if manifest.control_totals and is_whole and known.raw_path:
                manifest.check_totals(
                    converter.totals(extract.table, raw.at(known.raw_path), manifest.control_totals)
                )
    except ExtractError as error:
        return "", error.reason
    return manifest.digest, None
