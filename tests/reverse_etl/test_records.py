"""JSON records over HTTP, against a real store: Kinto, which checks schemas,
gives each record its own answer and honours preconditions."""

import base64
import threading
import urllib.request
import warnings
from dataclasses import replace
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a library below it, about its own future
    import kinto

RECORDS = "buckets/shop/collections/customers/records"
LOGIN = {"Authorization": "Basic " + base64.b64encode(b"shop:canary").decode()}
SCHEMA = {
    "type": "object",
    "properties": {"firstname": {"type": ["string", "null"], "maxLength": 9}},
}
MEMORY = {
    name: f"kinto.core.{module}.memory"
    for name, module in (("storage_backend", "storage"), ("permission_backend", "permission"))
}


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format, *arguments):
        """Nobody listens."""


@pytest.fixture(scope="module")
def store():
    """The address of a Kinto server whose collection of customers takes first names of at
    most nine letters."""
    settings = {
        "multiauth.policies": "basicauth",
        "userid_hmac_secret": "x",
        "bucket_create_principals": "system.Authenticated",
    }
    settings |= {
        "cache_backend": "kinto.core.cache.memory",
        "experimental_collection_schema_validation": "true",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no HTTPS within one machine
        app = kinto.main({}, **MEMORY, **settings)
    server = make_server("127.0.0.1", 0, app, Threaded, Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def records(store, world, post_json):
    post_json(f"{store}/buckets/shop", {}, LOGIN, "PUT")
    post_json(
        f"{store}/buckets/shop/collections/customers", {"data": {"schema": SCHEMA}}, LOGIN, "PUT"
    )
    changes = {
        "name": "kinto_customers",
        "destination": "rest_records",
        "object": RECORDS,
        "fields": ("email", "firstname"),
    }
    world.spec = replace(world.spec, **changes, mode="mirror", on_removal="delete")
    world.options = {"rate_limit": "none", "wrap": "data", "auth": "basic"}
    world.base_url, world.secret = store, lambda: "shop:canary"
    yield world
    request = urllib.request.Request(f"{store}/buckets/shop", headers=LOGIN, method="DELETE")
    urllib.request.urlopen(request).close()


def held(world, post_json) -> dict[str, str]:
    _, body = post_json(f"{world.base_url}/{RECORDS}", None, LOGIN, "GET")
    return {record["id"]: record["firstname"] for record in body["data"]}


def test_records_are_put_changed_and_deleted(records, post_json):
    records.people(3)
    records.rows["c1"]["firstname"] = 'O"Neil'
    assert (records.deliver().acknowledged, records.deliver().requests) == (3, 0)
    assert held(records, post_json) == {"c0": "Name 0", "c1": 'O"Neil', "c2": "Name 2"}
    records.rows["c0"]["firstname"] = None
    records.rows.pop("c2")
    result = records.deliver()
    assert (result.changed, result.removed, held(records, post_json)) == (
        1,
        1,
        {"c0": None, "c1": 'O"Neil'},
    )


def test_what_breaks_the_stores_schema_is_rejected_alone(records, post_json):
    records.people(12)
    records.rows["c5"]["firstname"] = "Maximiliane"
    result = records.deliver()
    assert (result.acknowledged, result.rejected, len(held(records, post_json))) == (11, 1, 11)
    (row,) = records.store.query("select reason from delivery_state where status = 'rejected'")
    assert row["reason"] == "HTTP 400 (107)"


def test_an_insert_leaves_what_is_there_and_a_removal_of_nothing_is_no_trouble(records, post_json):
    records.people(2)
    post_json(f"{records.base_url}/{RECORDS}/c0", {"data": {"firstname": "theirs"}}, LOGIN, "PUT")
    assert records.deliver(name="inserting", mode="insert", on_removal="ignore").acknowledged == 2
    assert held(records, post_json) == {"c0": "theirs", "c1": "Name 1"}
    records.deliver()
    post_json(f"{records.base_url}/{RECORDS}/c1", None, LOGIN, "DELETE")
    records.rows.pop("c1")
    assert (records.deliver().removed, held(records, post_json)) == (1, {"c0": "Name 0"})


def test_a_wrong_password_stops_the_sync_without_telling_it(records):
    records.people(2)
    records.secret = lambda: "shop"
    result = records.deliver()
    assert (result.status, result.unsent) == ("failed", 2)
    assert f"/{RECORDS}/… answered 401" in result.message
