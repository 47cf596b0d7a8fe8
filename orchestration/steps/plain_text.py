"""Text without what nobody sees, in one form of each letter."""

import unicodedata

_INVISIBLE = ("Cf", "Cc")


def plain_text(text: str) -> str:
    """The text in NFKC, so that full-width letters are letters, without characters of the
    Unicode categories Cf and Cc; every space but the ordinary one becomes a tab."""
    return unicodedata.normalize("NFKC", "".join(map(_plain, text)))


def _plain(character: str) -> str:
    if character == " ":
        return character
    if character.isspace():
        return "\t"
    return "" if unicodedata.category(character) in _INVISIBLE else character
