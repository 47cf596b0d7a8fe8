"""One destination and rows by hand, for the tests of single vendors."""

import json

from orchestration.reverse_etl import destinations
from orchestration.reverse_etl.protocol import (
    Batch,
    Column,
    DestinationConfig,
    Outcome,
    Row,
)

OPTIONS = {"rate_limit": "none", "account": "1"}


class Sent:
    """One destination, opened, with rows by hand."""

    def __init__(self, world, kind, secret):
        self.world, self.kind = world, kind
        options = {**OPTIONS, "token_url": f"{world.sandbox.url}/{kind}"}
        config = DestinationConfig(
            kind, lambda: secret, f"{world.sandbox.url}/{kind}", options, clock=world.clock
        )
        self.destination = destinations.build(config)
        self.destination.open()

    def send(
        self, action="upsert", payload=None, *, columns="email", key="c1", object="the_list", **row
    ) -> Outcome:
        named = tuple(Column(name, "VARCHAR") for name in columns.split())
        made = Row(
            key,
            action,
            1,
            f"{action}-{key}",
            json.dumps(payload or {}),
            "h",
            None,
            None,
            "k",
            None,
            True,
            False,
        )._replace(**row)
        self.last = Batch(
            object, action, "upsert", Column("customer_id", "VARCHAR"), named, "email", [made]
        )
        (outcome,) = self.destination.send(self.last)
        return outcome

    def report(self):
        return self.world.effects(self.kind)
