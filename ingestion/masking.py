"""What of a text is personal until somebody opens the restricted file: its letters and digits, of
every script, with the marks that belong to them. What is left shows its shape."""

import unicodedata


def masked_sql(text: str) -> str:
    """SQL: `text` with its digits as 9, its letters and marks as x."""
    digits = rf"regexp_replace({text}, '\p{{N}}', '9', 'g')"
    return rf"regexp_replace({digits}, '[\p{{L}}\p{{M}}]', 'x', 'g')"


def masked(text: str) -> str:
    """`text` with its letters, marks and digits as asterisks."""
    return "".join("*" if unicodedata.category(sign)[0] in "LMN" else sign for sign in text)
