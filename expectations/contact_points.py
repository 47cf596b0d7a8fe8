"""SQL conditions on contact points, for the suites that guard tables with people in them.

They are counted with, never shown.
"""

# Not a proof that an address works; enough to see a column that holds something else.
_SHAPES = {"email": r"[^@\s]+@[^@\s]+\.[^@\s.]+", "phone": r"\+[1-9][0-9]{6,14}"}


def looks_wrong(column: str, kind: str) -> str:
    """Whether a value is there and is no e-mail address (`email`) or no number
    in E.164 (`phone`)."""
    return f"{column} is not null and not regexp_full_match({column}, '{_SHAPES[kind]}')"


def only_test_orders(customer_id: str) -> str:
    """Whether all that the customer ever ordered were test orders:
    one of ours, trying the shop out."""
    testers = "select customer_id from core.orders group by customer_id having bool_and(is_test)"
    return f"{customer_id} in ({testers})"
