"""Twenty people, and what the CRM, the mailing tool, the desk and the consent records hold."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

PEOPLE = 20
_FIRST = ("Anna", "Ben", "Cara", "David", "Emil", "Frida", "Georg", "Hanna", "Ines", "Jonas")
_LAST = ("Adler", "Brandt", "Conrad", "Dietz", "Ebert", "Fuchs", "Gruber", "Hahn", "Iven", "Jung")
_JOINED = "2026-04-{day:02d}T08:00:00Z"
_CHANGED = "2026-06-{day:02d}T08:00:00Z"


@dataclass(frozen=True)
class Person:
    """One of the twenty; `number` from 1."""

    number: int
    first_name: str
    last_name: str

    @property
    def person_id(self) -> str:
        return f"p{self.number}"

    @property
    def email(self) -> str:
        return f"{self.first_name}.{self.last_name}{self.number}@example.com".lower()

    @property
    def joined(self) -> str:
        return _JOINED.format(day=self.number)

    @property
    def changed(self) -> str:
        """The last ten days of June."""
        return _CHANGED.format(day=21 + self.number % 9)


def draw_people(seed: int) -> list[Person]:
    """The twenty, named by chance."""
    draw = random.Random(seed)
    return [
        Person(number, draw.choice(_FIRST), draw.choice(_LAST)) for number in range(1, PEOPLE + 1)
    ]


def known(
    people: list[Person], only_names: bool, grants_all: bool
) -> dict[str, list[dict[str, Any]]]:
    """The tables of people, a row each, in their order; of names alone there is only the CRM's."""
    contacts = [_contact(person, only_names) for person in people]
    if only_names:
        return {"hubspot.contacts": contacts}
    return {
        "hubspot.contacts": contacts,
        "hubspot.deals": [_deal(person) for person in people],
        "klaviyo.profiles": [_profile(person) for person in people],
        "zendesk.users": [_user(person) for person in people],
        "zendesk.tickets": [_ticket(person) for person in people],
        "consent.records": [
            _consent(person, grants_all or person.number % 3 > 0) for person in people
        ],
    }


def _contact(person: Person, only_names: bool) -> dict[str, Any]:
    names = {"firstname": person.first_name, "lastname": person.last_name}
    return {
        "id": str(9000 + person.number),
        "properties": {
            "email": None if only_names else person.email,
            "lifecyclestage": "lead",
            **names,
        },
        "archived": False,
        "createdAt": person.joined,
        "updatedAt": person.changed,
    }


def _deal(person: Person) -> dict[str, Any]:
    contact = {"id": str(9000 + person.number), "type": "deal_to_contact"}
    return {
        "id": str(8000 + person.number),
        "properties": {
            "dealname": "Office tea",
            "amount": f"{100 + person.number}.00",
            "pipeline": "default",
            "dealstage": "qualifiedtobuy",
        },
        "associations": {"contacts": {"results": [contact]}},
        "archived": False,
        "createdAt": person.joined,
        "updatedAt": person.changed,
    }


def _profile(person: Person) -> dict[str, Any]:
    return {
        "type": "profile",
        "id": f"01TINY{person.number:020d}",
        "attributes": {
            "email": person.email,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "created": person.joined,
            "updated": person.changed,
        },
    }


def _user(person: Person) -> dict[str, Any]:
    return {
        "id": 7000 + person.number,
        "role": "end-user",
        "name": f"{person.first_name} {person.last_name}",
        "email": person.email,
        "suspended": False,
        "active": True,
        "created_at": person.joined,
        "updated_at": person.changed,
    }


def _ticket(person: Person) -> dict[str, Any]:
    return {
        "id": 6000 + person.number,
        "requester_id": 7000 + person.number,
        "subject": "A question",
        "description": "When will it be there?",
        "via": {"channel": "email"},
        "status": "solved",
        "tags": [],
        "metric_set": {"solved_at": person.changed},
        "created_at": person.joined,
        "updated_at": person.changed,
    }


def _consent(person: Person, is_granted: bool) -> dict[str, Any]:
    return {
        "record_id": f"k{person.number}",
        "contact_point_type": "email",
        "contact_point": person.email,
        "channel": "email",
        "purpose": "marketing",
        "state": "granted" if is_granted else "withdrawn",
        "recorded_at": person.changed,
    }
