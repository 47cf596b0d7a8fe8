"""A mail domain as the name system has it: `müller.example` and `xn--mller-kva.example` are one
place (IDNA 2008, mapped as UTS 46 says)."""

import idna


def ascii_domain(address: str) -> str:
    """The address with its domain in ASCII; unchanged where that is no domain."""
    mailbox, at, domain = address.rpartition("@")
    try:
        return mailbox + at + idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return address
