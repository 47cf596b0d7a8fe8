"""Lists as files: whole or not at all, the same after any repetition, in a folder,
in a bucket and on an SFTP server."""

import csv
import logging
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import paramiko
import pytest
import s3fs
from hostile_values import FORMULAS, FORMULAS_INSIDE, NO_FORMULAS
from sftp_server import SftpServer

from orchestration.reverse_etl import destinations
from orchestration.reverse_etl.protocol import DestinationConfig
from orchestration.reverse_etl.spec import Thresholds


@pytest.fixture
def listed(world, tmp_path):
    """The world set up to write CSV below the test's folder."""
    world.spec = replace(
        world.spec, name="files_contacts", destination="files", mode="mirror", on_removal="delete"
    )
    world.options = {"folder": str(tmp_path / "out")}
    world.people(3)
    return world


def test_the_file_is_the_list(listed, tmp_path):
    listed.rows["c1"].update(firstname='O\'Brien, "x"\nline', since=date(2020, 2, 29))
    listed.rows["c2"]["firstname"] = None
    assert listed.deliver().acknowledged == 3
    file = tmp_path / "out" / "contacts.csv"
    assert file.read_text(encoding="utf-8") == (
        "customer_id,email,firstname,ltv,since\n"
        "c0,canary0@example.org,Name 0,0.25,\n"
        'c1,canary1@example.org,"O\'Brien, ""x""\nline",1.25,2020-02-29\n'
        "c2,canary2@example.org,,2.25,\n"
    )
    assert oct(file.stat().st_mode)[-3:] == "600"
    before = file.read_bytes()
    assert (listed.deliver().requests, file.read_bytes()) == (0, before)
    listed.rows.pop("c0")
    listed.rows["c1"]["firstname"] = "Ada"
    result = listed.deliver()
    assert (result.removed, result.changed) == (1, 1)
    assert [
        line.split(",")[::2][:2] for line in file.read_text(encoding="utf-8").splitlines()[1:]
    ] == [["c1", "Ada"], ["c2", ""]]
    assert [path.name for path in file.parent.rglob("*") if path.is_file()] == ["contacts.csv"]


@pytest.mark.parametrize("folder", ["a folder", "a bucket"])
def test_parquet_keeps_types_and_a_bucket_is_a_folder(listed, tmp_path, folder, request):
    bucket = request.getfixturevalue("bucket") if folder == "a bucket" else None
    listed.options = {
        "folder": f"{bucket}/lists" if bucket else str(tmp_path / "out"),
        "format": "parquet",
    }
    listed.rows["c2"].update(since=date(2020, 2, 29), firstname=None)
    listed.deliver()
    listed.rows["c3"] = {"email": "canary3@example.org", "firstname": "Ada", "ltv": 3}
    assert listed.deliver().added == 1
    file = tmp_path / "contacts.parquet" if bucket else tmp_path / "out" / "contacts.parquet"
    if bucket:
        s3fs.S3FileSystem(skip_instance_cache=True).get_file(
            f"{bucket}/lists/contacts.parquet", str(file)
        )
    rows = duckdb.sql(f"select customer_id, firstname, ltv, since from '{file}'").fetchall()
    assert rows[2:] == [
        ("c2", None, Decimal("2.25"), date(2020, 2, 29)),
        ("c3", "Ada", Decimal("3.00"), None),
    ]


def test_a_column_more_or_less_is_no_trouble(listed, tmp_path):
    listed.deliver(fields=("email", "firstname"))
    listed.deliver(name="files_other_fields", fields=("email", "ltv"))
    assert (tmp_path / "out" / "contacts.csv").read_text(encoding="utf-8").splitlines()[:2] == [
        "customer_id,email,ltv",
        "c0,canary0@example.org,0.25",
    ]


def test_what_somebody_put_there_instead_stops_the_sync(listed, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "contacts.csv").write_bytes(b"\xff\xfenonsense\x00")
    result = listed.deliver()
    assert (result.status, result.unsent) == ("failed", 3)
    assert "contacts.csv in" in result.message and "move the file away" in result.message


def test_a_bucket_that_is_not_there_is_named(listed, bucket):
    listed.options = {"folder": f"{bucket}-other/lists"}
    result = listed.deliver()
    assert (result.status, result.unsent) == ("failed", 3)
    assert "destination files: s3://" in result.message


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"folder": "here"}, "options.folder"),
        ({"folder": "sftp://a@b/c"}, "options.host_key"),
        ({"folder": "/x", "format": "xls"}, "options.format"),
        ({"folder": "/x", "formulas": False}, "options.formulas"),
    ],
)
def test_wrong_options_are_named(options, named):
    with pytest.raises(destinations.SpecError, match=named):
        destinations.build(DestinationConfig("files", lambda: "", None, options))


@pytest.fixture
def partner(tmp_path):
    (tmp_path / "partner").mkdir()
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    with SftpServer(tmp_path / "partner", "sftp-canary") as server:
        yield server, tmp_path / "partner" / "in" / "lists"


def test_a_partners_server_gets_the_file_whole(listed, partner):
    server, folder = partner
    listed.options = {"folder": f"{server.url}/in/lists", "host_key": server.host_key}
    listed.secret = lambda: "sftp-canary"
    assert listed.deliver().acknowledged == 3
    listed.rows.pop("c0")
    assert listed.deliver().removed == 1
    (file,) = folder.iterdir()
    assert file.read_text(encoding="utf-8").splitlines()[1:] == [
        "c1,canary1@example.org,Name 1,1.25,",
        "c2,canary2@example.org,Name 2,2.25,",
    ]
    assert oct(file.stat().st_mode)[-3:] == "600"


@pytest.mark.parametrize("wrong", ["password", "host key"])
def test_a_stranger_gets_nothing_and_a_password_is_not_told(listed, partner, wrong):
    server, folder = partner
    other = paramiko.RSAKey.generate(1024).get_base64()
    listed.options = {
        "folder": f"{server.url}/in/lists",
        "host_key": f"ssh-rsa {other}" if wrong == "host key" else server.host_key,
    }
    listed.secret = lambda: "sftp-canary" if wrong == "host key" else "other-canary"
    result = listed.deliver()
    assert (result.status, result.unsent, folder.exists()) == ("failed", 3, False)
    assert (
        "check address, user, password, host key" in result.message
        and "canary" not in result.message
    )


def cells(tmp_path):
    with (tmp_path / "out" / "contacts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_spreadsheet_runs_no_formula_of_a_list(listed, tmp_path):
    values = [*FORMULAS, *FORMULAS_INSIDE, *NO_FORMULAS]
    listed.people(len(values), since=None)
    for number, value in enumerate(values):
        listed.rows[f"c{number}"].update(firstname=value, ltv=-12.5)
    assert listed.deliver().acknowledged == len(values)
    written = {int(row["customer_id"][1:]): row for row in cells(tmp_path)}
    for number, value in enumerate(values):
        told = written[number]["firstname"]
        if value in NO_FORMULAS:
            assert told == value
        else:
            assert told.startswith("'") or value in FORMULAS_INSIDE
            assert told != value and told.replace("'", "") == value.replace("'", "")
    assert {row["ltv"] for row in written.values()} == {"-12.50"}
    # What another reader takes for the next cell is no formula, either.
    listed.people(1, firstname="Ada;=1+1\n@SUM(1)\t-2+3")
    listed.deliver(may_be_empty=True, thresholds=Thresholds(removals_share=1, changes_share=1))
    assert cells(tmp_path)[0]["firstname"] == "Ada;'=1+1\n'@SUM(1)\t'-2+3"


def test_a_key_is_no_formula_and_leaves_whatever_was_written_before(listed, tmp_path):
    listed.rows = {
        "=1+1": {"email": "a@example.org", "firstname": "Ada", "ltv": 1},
        "-x@example.org": {"email": "b@example.org", "firstname": "=1", "ltv": 2},
        "c": {"email": "c@example.org", "firstname": "Cyd", "ltv": 3},
    }
    listed.options["formulas"] = "as_they_are"
    assert listed.deliver().acknowledged == 3
    assert {(row["customer_id"], row["firstname"]) for row in cells(tmp_path)} == {
        ("=1+1", "Ada"),
        ("-x@example.org", "=1"),
        ("c", "Cyd"),
    }
    del listed.options["formulas"]  # only what reads otherwise now is sent again
    result = listed.deliver()
    assert (result.changed, result.unchanged) == (1, 2)
    assert {(row["customer_id"], row["firstname"]) for row in cells(tmp_path)} == {
        ("'=1+1", "Ada"),
        ("'-x@example.org", "'=1"),
        ("c", "Cyd"),
    }
    listed.rows.pop("=1+1")
    assert listed.deliver().removed == 1
    assert [row["customer_id"] for row in cells(tmp_path)] == ["'-x@example.org", "c"]
