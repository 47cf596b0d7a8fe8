"""Whether what goes to an address can be read on its way: not where TLS hides it,
and not where it stays on this machine."""

import ipaddress
from urllib.parse import urlsplit

_HIDDEN = ("require", "verify-ca", "verify-full")


def is_this_machine(host: str | None) -> bool:
    """Whether a host, by name or address, is the loopback interface."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return (host or "").lower() == "localhost"


def is_in_clear(address: object) -> bool:
    """Whether a setting is an http:// address of another machine; other values are none."""
    if not isinstance(address, str):
        return False
    try:
        where = urlsplit(address.strip())
        return where.scheme == "http" and not is_this_machine(where.hostname)
    except ValueError:  # no address at all
        return False


def database_is_in_clear(connection_string: str) -> bool:
    """Whether a PostgreSQL connection string reaches another machine without demanding TLS.

    What it leaves open libpq takes from its environment (PGSSLMODE, PGHOST), and so does this.
    A string that cannot be read is in clear nowhere: connecting tells what is wrong with it.
    """
    from psycopg import Error, pq  # every command reads the settings, which know this module

    try:
        options = [*pq.Conninfo.get_defaults(), *pq.Conninfo.parse(connection_string.encode())]
    except Error:
        return False
    told = {option.keyword.decode(): option.val.decode() for option in options if option.val}
    if told.get("sslmode") in _HIDDEN:
        return False
    hosts = (told.get("hostaddr") or told.get("host") or "").split(",")
    is_near = all(not host or host[0] in "/@" or is_this_machine(host) for host in hosts)
    return "service" in told or not is_near
