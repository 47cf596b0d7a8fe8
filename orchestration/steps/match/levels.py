"""How two records are compared: for each attribute the levels of likeness, best first,
as conditions on a pair.

The number of a level is its place from the bottom: 0 is "unlike", -1 is "one of the two is silent".
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Level:
    """A condition, and the column whose rare values weigh more than its common ones (if any)."""

    condition: str
    frequency_of: str | None = None


def _exact(column: str, frequency: bool = True) -> Level:
    return Level(f"{column}_l = {column}_r", column if frequency else None)


def _edits(column: str, most: int) -> str:
    return f"damerau_levenshtein({column}_l, {column}_r) <= {most}"


def _like(column: str, least: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}"


def _name(column: str) -> tuple[Level, ...]:
    return (
        _exact(column),
        Level(f"{_edits(column, 1)} and length({column}_l) > 3 and length({column}_r) > 3"),
        Level(_like(column, 0.88)),
        Level("first_name_l = surname_r or surname_l = first_name_r"),
        Level(f"{_edits(column, 2)} or {_like(column, 0.75)}"),
    )


def _equal_parts(least: int) -> str:
    parts = ((1, 4), (6, 2), (9, 2))
    equal = (
        f"(substr(date_of_birth_l, {at}, {size}) = substr(date_of_birth_r, {at}, {size}))::integer"
        for at, size in parts
    )
    return f"{' + '.join(equal)} >= {least}"


def _days(most: int) -> str:
    return (
        "abs(date_diff('day', try_cast(date_of_birth_l as date),"
        f" try_cast(date_of_birth_r as date))) <= {most}"
    )


# The third from the bottom is where the veto begins: further apart than two slips of
# the pen or a month.
BIRTH = (
    _exact("date_of_birth"),
    Level(_edits("date_of_birth", 1)),
    Level(_equal_parts(2)),
    Level(f"{_edits('date_of_birth', 2)} or {_days(31)}"),
    Level(_days(400)),
    Level(_equal_parts(1)),
)
EMAIL = (
    _exact("email"),
    Level(_edits("email", 2)),
    Level(f"email_domain_l = email_domain_r and {_like('email_user', 0.8)}"),
    Level(f"{_like('email', 0.9)} or {_edits('email', 4)}"),
    _exact("email_user"),
    _exact("email_domain"),
)
COMPARISONS: dict[str, tuple[Level, ...]] = {
    "first_name": _name("first_name"),
    "surname": _name("surname"),
    "date_of_birth": BIRTH,
    "email": EMAIL,
    "city": (
        _exact("city"),
        Level(_edits("city", 1)),
        Level(f"{_edits('city', 2)} or {_like('city', 0.85)}"),
    ),
    "postcode": (_exact("postcode"), Level(_edits("postcode", 1))),
    "street_number": (_exact("street_number"), Level(_edits("street_number", 1))),
    "address": (_exact("address"), Level(_like("address", 0.9)), Level(_like("address", 0.75))),
    "personal_id": (
        _exact("personal_id", frequency=False),
        Level(_edits("personal_id", 1)),
        Level(_edits("personal_id", 2)),
    ),
}
# Two people, whatever else is alike: both first names unlike, both dates of birth far apart, and no
# common personal id.
VETO = "level_first_name = 0 and level_date_of_birth between 0 and 2 and level_personal_id < 1"

# However likely: likeness joins two records only where something is alike that namesakes do not
# share – two parts of a date of birth, a personal id, an address with a slip of the pen at most,
# a street – and never two first names of one household. Silence about the first name is no likeness
# at a street, and short names are two slips from one another.
GROUND = (
    "(level_date_of_birth >= 2 or level_personal_id >= 1 or level_email = 6"
    " or level_email = 5 and level_first_name <> 0 and level_surname <> 0"
    " or level_first_name > 1 and (level_address = 3 or level_address >= 1 and level_surname <> 0))"
    " and not (level_first_name between 0 and 1 and level_date_of_birth < 3"
    " and level_personal_id < 1)"
)


def comparison(name: str) -> dict[str, Any]:
    """One comparison in the form of Splink's settings."""
    levels: list[dict[str, Any]] = [
        {
            "sql_condition": f"{name}_l is null or {name}_r is null",
            "label_for_charts": "silent",
            "is_null_level": True,
        }
    ]
    for level in COMPARISONS[name]:
        wanted: dict[str, Any] = {
            "sql_condition": level.condition,
            "label_for_charts": level.condition,
        }
        if level.frequency_of:
            wanted |= {"tf_adjustment_column": level.frequency_of, "tf_adjustment_weight": 1.0}
        levels.append(wanted)
    levels.append({"sql_condition": "ELSE", "label_for_charts": "unlike"})
    return {"output_column_name": name, "comparison_levels": levels}
