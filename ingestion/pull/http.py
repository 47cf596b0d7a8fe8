"""Rows of a paginated HTTP API, through dlt's REST client:
retries, rate limits, and no secret for anybody but the API itself."""

import math
import time
from collections.abc import Generator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import simplejson
from dlt.sources.helpers.requests.retry import Client
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import HeaderLinkPaginator

from ingestion.pull.cursor import Cursor
from ingestion.pull.declared import HttpPull, PullError

ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 60.0
TIMEOUT_SECONDS = 60.0
# A server that never comes to an end costs its own pull.
LONGEST_PAGE_BYTES = 256 << 20
LONGEST_PULL_SECONDS = 4 * 3600.0
_REMEDIES = {
    401: "the credential in {secret} was refused: renew it",
    403: "the credential in {secret} may not read this: grant it the permission",
    404: "the address is unknown there: check base_url and path",
    429: "its request limit is used up; nothing is lost, run again later",
}


class HttpRows:
    """The rows of one pull, page by page. `requests` counts what was sent."""

    def __init__(self, pull: HttpPull, secret: str) -> None:
        self.requests = 0
        self._pull = pull
        self._ends = time.monotonic() + LONGEST_PULL_SECONDS
        value = f"Bearer {secret}" if pull.header == "Authorization" else secret
        session = Client(
            request_timeout=TIMEOUT_SECONDS,
            raise_for_status=False,
            request_max_attempts=ATTEMPTS,
            request_max_retry_delay=LONGEST_WAIT_SECONDS,
            session_attrs={"trust_env": False},
        ).session
        self._client = _Pages(
            base_url=pull.base_url,
            headers={pull.header: value},
            paginator=_SameOrigin(pull.base_url),
            session=session,
            data_selector="$",
        )
        self._client.pull = pull

    def since(self, start: Cursor | None) -> Generator[dict[str, Any], None, None]:
        """Rows from `start` on. Errors: `PullError`."""
        parameters: dict[str, Any] = dict(self._pull.parameters)
        if start is not None and self._pull.since:
            parameters[self._pull.since] = (
                f"{start:%Y-%m-%dT%H:%M:%SZ}" if isinstance(start, datetime) else start
            )
        try:
            for page in self._client.paginate(
                self._pull.path,
                params=parameters,
                hooks={"response": [self._answered]},
                allow_redirects=False,
            ):
                yield from page
        except requests.RequestException as error:
            raise PullError(
                f"{self._pull.base_url} is not reachable ({type(error).__name__});"
                " check base_url and the network"
            ) from None

    def close(self) -> None:
        self._client.session.close()

    def _answered(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """Counts it, and reads it as far as a page may go.

        Some vendors say `Retry-After: 2.0`, which dlt passes over: it reads whole
        seconds and dates.
        """
        self.requests += 1
        page = bytearray()
        for block in response.iter_content(1 << 20):
            page += block
            if len(page) > LONGEST_PAGE_BYTES:
                raise PullError(
                    f"{self._pull.base_url}{self._pull.path} answered with a page of more than"
                    f" {LONGEST_PAGE_BYTES >> 20} MiB; ask for smaller pages in parameters"
                )
            if time.monotonic() > self._ends:
                raise PullError(
                    f"{self._pull.base_url}{self._pull.path} had not come to an end after"
                    f" {LONGEST_PULL_SECONDS / 3600:.0f} hours; ask for less, see since"
                )
        response._content = bytes(page)  # as `content` itself keeps it
        try:
            response.headers["Retry-After"] = str(math.ceil(float(response.headers["Retry-After"])))
        except (KeyError, ValueError, OverflowError):
            return


class _Pages(RESTClient):
    """Takes the rows out of an answer. Numbers stay as they were written: a price is no float."""

    pull: HttpPull

    def extract_response(self, response: Any, data_selector: Any) -> list[Any]:
        if response.status_code != 200:
            remedy = _REMEDIES.get(response.status_code, "see its own log for this request").format(
                secret=self.pull.secret
            )
            raise PullError(
                f"{self.pull.base_url}{self.pull.path} answered {response.status_code}; {remedy}"
            )
        try:
            rows = simplejson.loads(response.content, use_decimal=True)[self.pull.records]
        except (ValueError, KeyError, TypeError, RecursionError):
            rows = None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise PullError(
                f"{self.pull.base_url}{self.pull.path}:"
                f" no list of objects under {self.pull.records!r}; check path and records"
            )
        return rows


class _SameOrigin(HeaderLinkPaginator):
    """The next page must be where the first one is: the secret goes with the request."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._origin = urlsplit(base_url)[:2]

    def update_state(self, response: Any, data: list[Any] | None = None) -> None:
        super().update_state(response, data)
        found = urlsplit(self._next_reference or "")
        if found.netloc and found[:2] != self._origin:
            raise PullError(
                "the next page is on another server than base_url; the credential is not sent there"
            )
