"""The situations of SCENARIOS.md as data, each by its word.

A scenario gives, night by night, the records that are new or changed (`-r1` removes one) and how
the records must be grouped after each night: `r1 r2 | r3` is two customers.
"""

from dataclasses import dataclass

NAMES = "ann ben cem dana eva finn gus hana ida jan kim leo"


@dataclass(frozen=True)
class Scenario:
    nights: tuple[str, ...]
    groups: tuple[str, ...]


def one(records: str, groups: str) -> Scenario:
    return Scenario((records,), (groups,))


def several(*pairs: tuple[str, str]) -> Scenario:
    return Scenario(tuple(records for records, _ in pairs), tuple(groups for _, groups in pairs))


def many(template: str, count: int) -> str:
    return ", ".join(template.format(i=i, name=NAMES.split()[i % 12]) for i in range(count))


SCENARIOS: dict[str, Scenario] = {
    "pair": one("r1 email=a, r2 email=a", "r1 r2"),
    "spelling": one("r1 email==Ann@Spelling.Example, r2 email==ann@spelling.example", "r1 r2"),
    "chain": one("r1 email=a, r2 email=a phone=1, r3 phone=1 card=7, r4 card=7", "r1 r2 r3 r4"),
    "hub": one(many("r{i} name=ann email=a", 40), " ".join(f"r{i}" for i in range(40))),
    "diamond": one(
        "r1 email=a phone=1, r2 email=a card=7, r3 phone=1 user=5, r4 card=7 user=5", "r1 r2 r3 r4"
    ),
    "strangers": one("r1 email=a, r2 email=a, r3 phone=1, r4 phone=1", "r1 r2 | r3 r4"),
    "nobody": one("r1 name=ann, r2 name=ann", "r1 | r2"),
    "same-string": one("r1 user==55, r2 hub==55, r3 card==55", "r1 | r2 | r3"),
    "late": several(("r1 email=a, r2 phone=1", "r1 | r2"), ("r3 email=a phone=1", "r1 r2 r3")),
    "unchanged": several(("r1 email=a, r2 email=a", "r1 r2"), ("r1 email=a", "r1 r2")),
    "inside": several(("r1 email=a phone=1, r2 email=a", "r1 r2"), ("r2 email=a phone=1", "r1 r2")),
    "twice": several(
        ("r1 email=a, r2 phone=1", "r1 | r2"),
        ("r3 email=a phone=1, r4 email=a phone=1", "r1 r2 r3 r4"),
    ),
    "three": several(
        ("r1 email=a, r2 phone=1, r3 card=7", "r1 | r2 | r3"),
        ("r4 email=a phone=1 card=7", "r1 r2 r3 r4"),
    ),
    "growing": several(("r1 email=a", "r1"), ("r2 email=a", "r1 r2"), ("r3 email=a", "r1 r2 r3")),
    "backwards": several(
        ("r4 card=7", "r4"),
        ("r3 phone=1 card=7, r2 email=a phone=1", "r2 r3 r4"),
        ("r1 email=a", "r1 r2 r3 r4"),
    ),
    "remerged": several(
        ("r1 email=a, r2 phone=1, r3 card=7", "r1 | r2 | r3"),
        ("r4 email=a phone=1", "r1 r2 r4 | r3"),
        ("r5 phone=1 card=7", "r1 r2 r3 r4 r5"),
    ),
    "blocked": one(
        "r1 email==test@test.com, r2 email==TEST@test.com, r3 phone==000-000, r4 phone==000-000",
        "r1 | r2 | r3 | r4",
    ),
    "wildcard": one(
        "r1 email==noreply@wildcard.example, r2 email==noreply@wildcard.example", "r1 | r2"
    ),
    "malformed": one(
        "r1 email==a.at.b, r2 email==a.at.b, r3 phone=bad, r4 phone=bad", "r1 | r2 | r3 | r4"
    ),
    "endless": one(f"r1 user=={'xy' * 513}, r2 user=={'xy' * 513}", "r1 | r2"),
    "office": one(many("r{i} name={name} email=info", 11), " | ".join(f"r{i}" for i in range(11))),
    "accounts": one(many("r{i} user={i} phone=1", 6), " | ".join(f"r{i}" for i in range(6))),
    "login-names": one(many("r{i} name={name} user=9", 6), " | ".join(f"r{i}" for i in range(6))),
    "login-addresses": one(
        many("r{i} email={i} user=9", 6) + ", r6 email=0 user=9",
        "r0 r6 | " + " | ".join(f"r{i}" for i in range(1, 6)),
    ),
    "login-shared": one(
        "r1 name=ann user=1 email=a, r2 user=1 email=b, r3 user=1 email=c, "
        + ", ".join(f"h{i} name={name} user=2" for i, name in enumerate(NAMES.split()[:4]))
        + ", h4 user=2, h5 name=ann user=2",
        "r1 r2 r3 | h0 h1 h2 h3 h4 h5",
    ),
    "below-cap": one(many("r{i} name={name} email=info", 10), " ".join(f"r{i}" for i in range(10))),
    "loyal": one(many("r{i} name=ann card={i} email=a", 30), " ".join(f"r{i}" for i in range(30))),
    "family": one("r1 user=1 email=us name=ann, r2 user=2 email=us name=ben", "r1 r2"),
    "recycled": several(
        ("r1 phone=1 user=1, r2 user=2", "r1 | r2"), ("r1 user=1, r2 user=2 phone=1", "r1 | r2")
    ),
    "stitched": one("d device=1, l user=5 device=1, r1 user=5 email=a, r2 email=a", "d l r1 r2"),
    "kiosk": one(
        "d device=1, l1 user=5 device=1, l2 user=6 device=1, l3 user=7 device=1", "d | l1 | l2 | l3"
    ),
    "couple": one(
        "d device=1, l1 user=5 device=1, l2 user=6 device=1, r1 user=5 email=a, r2 user=6 email=a",
        "d l1 l2 r1 r2",
    ),
    "borrowed": several(
        ("d device=1, l1 user=5 device=1", "d l1"), ("l2 user=6 device=1", "d | l1 | l2")
    ),
    "anonymous": one("d device=1", "d"),
    "two-devices": one(
        "d1 device=1, d2 device=2, l1 user=5 device=1, l2 user=5 device=2", "d1 d2 l1 l2"
    ),
    "no-bridge": one("d device=1, l1 user=5 device=1, l2 email=b device=1", "d | l1 | l2"),
    "parted": several(
        ("r1 email=a, r2 email=a user=5, r3 user=5 phone=1", "r1 r2 r3"),
        ("r2 email=b user=5", "r1 | r2 r3"),
    ),
    "founder-leaves": several(
        ("a1 email=a, r2 email=a user=5, r3 user=5 phone=1 card=7", "a1 r2 r3"),
        ("a1 email=z", "a1 | r2 r3"),
        ("a1 email=z", "a1 | r2 r3"),
    ),
    "moved": several(
        ("r1 email=a, r2 email=a, r3 email=b", "r1 r2 | r3"), ("r2 email=b", "r1 | r2 r3")
    ),
    "gone": several(
        ("r1 email=a, r2 phone=1", "r1 | r2"), ("-r2", "r1"), ("r2 phone=1", "r1 | r2")
    ),
    "human": one("r1 email=a, r2 email=b, r3 email=b", "r1 r2 r3"),
    "look-alike": one("r1 email=a, r2 email=b, r3 email=b", "r1 r2 r3"),
    "unique": one("r1 hub=1 email=a, r2 hub=2 email=a", "r1 | r2"),
    "one-value": one("r1 hub=1 email=a, r2 hub=1 email=a", "r1 r2"),
    "bridge": one("r1 hub=1 email=a, r2 email=a phone=1, r3 phone=1 hub=2", "r1 r2 | r3"),
    "two-bridges": one(
        "r1 hub=1 email=a, r2 email=a card=7, r3 card=7 phone=1, r4 phone=1 hub=2", "r1 r2 r3 | r4"
    ),
    "afterwards": several(
        ("r1 hub=1 email=a, r2 email=a, r3 hub=2 phone=1, r4 phone=1", "r1 r2 | r3 r4"),
        ("r5 email=a phone=1", "r1 r2 r5 | r3 r4"),
    ),
    "through-merged": several(
        ("r1 hub=1 email=a, r2 phone=1", "r1 | r2"),
        ("r3 email=a phone=1", "r1 r2 r3"),
        ("r4 hub=2 phone=1", "r1 r2 r3 | r4"),
    ),
    "human-limit": one("r1 hub=1, r2 hub=2", "r1 | r2"),
    "different": one("r1 email=a, r2 email=a, r3 email=a", "r1 r3 | r2"),
    "different-bridge": one("r1 email=a, r2 email=a phone=1, r3 phone=1", "r1 r2 | r3"),
    "different-device": one("d device=1, l user=5 device=1", "d | l"),
    "endless-chain": one(
        ", ".join(f"r{i} card=e{i // 2} profile=p{(i + 1) // 2}" for i in range(1_000)),
        " ".join(f"r{i}" for i in range(1_000)),
    ),
}
