"""Part of topic `delivery`: a few people over a few nights, by chance:
they change, go back, leave, return, merge, say yes and no."""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

KEY = "of the figures"
PEOPLE = 30
TABLES = """
create schema sync; create schema core; create schema identity;
create table sync.contacts (customer_id varchar, email varchar, firstname varchar);
create table core.consents (contact_point varchar, channel varchar, purpose varchar, state varchar);
create table core.exclusions (contact_point varchar, purpose varchar, consequence varchar);
create table identity.identity_aliases (alias_customer_id varchar, customer_id varchar);
"""


@dataclass
class Night:
    """What one generation says.

    People who withdrew stay in the model, so that it is the delivery that withholds them.
    """

    people: dict[str, tuple[str, str]] = field(default_factory=dict)  # customer id → address, value
    withdrawn: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)

    def wanted(self) -> dict[str, tuple[str, str]]:
        """Who is to be at the destination, and as what."""
        return {
            key: person for key, person in self.people.items() if person[0] not in self.withdrawn
        }

    def write(self, path: Path) -> Path:
        """The generation's file."""
        with duckdb.connect(str(path)) as connection:
            connection.execute(TABLES)
            _insert(
                connection, "sync.contacts", [(key, *person) for key, person in self.people.items()]
            )
            addresses = {address for address, _ in self.people.values()} | self.withdrawn
            said = [
                (point, "email", "marketing", "withdrawn" if point in self.withdrawn else "granted")
                for point in addresses
            ]
            _insert(connection, "core.consents", said)
            _insert(connection, "identity.identity_aliases", list(self.aliases.items()))
        return path


def nights(chance: random.Random, count: int) -> list[Night]:
    """Nights that follow each other."""
    night = Night(
        {f"c{i:02}": (f"person{i}@example.org", chance.choice("ABC")) for i in range(PEOPLE)}
    )
    made, away = [night], {}
    for number in range(1, count):
        night = Night(dict(night.people), set(night.withdrawn), dict(night.aliases))
        made.append(night)
        for key in chance.sample(
            sorted(night.people), min(len(night.people), chance.choice((3, 8, 20)))
        ):
            night.people[key] = (night.people[key][0], chance.choice("ABC"))
        for key in [key for key in away if chance.random() < 0.5]:
            night.people[key] = away.pop(key)
        for key in chance.sample(sorted(night.people), chance.choice((0, 1, 2, 6))):
            away[key] = night.people.pop(key)
        for i in range(chance.choice((0, 2))):
            night.people[f"n{number}{i}"] = (f"new{number}{i}@example.org", chance.choice("ABC"))
        stays, goes = chance.sample(sorted(night.people), 2)
        if (
            number % 2
        ):  # two turn out to be one, who keeps the address of the one whose id is retired
            night.people[stays] = (night.people.pop(goes)[0], night.people[stays][1])
            night.aliases[goes] = stays
        for address in chance.sample(sorted(address for address, _ in night.people.values()), 2):
            night.withdrawn ^= {address}
    return made


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[str, ...]]) -> None:
    """As literals: the first bound parameter of a process imports pandas."""
    if rows:
        values = ", ".join(
            "(" + ", ".join("'" + value + "'" for value in row) + ")" for row in rows
        )
        connection.execute(f"insert into {table} values {values}")


def value_of(payload: str) -> tuple[str, str]:
    """Address and value of a payload."""
    fields = json.loads(payload)
    return fields["email"], fields["firstname"]
