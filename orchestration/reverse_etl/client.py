"""The HTTP client that every HTTP destination shares: limiter, retries, both forms of Retry-After,
and silence about secrets.

It turns an answer into a response or one of the engine's three refusals. A 2xx is returned, never
trusted: reading its body is the destination's work.
"""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from orchestration.reverse_etl.clock import Clock
from orchestration.reverse_etl.limits import Limiter
from orchestration.reverse_etl.protocol import NoAnswer, Refused, Stopped

BACKOFF_BASE_SECONDS = 0.5
BACKOFF_CAP_SECONDS = 60.0
ATTEMPTS = 5
KEPT_URLS = 100
LONGEST_WAIT_SECONDS = (
    900.0  # a longer pause ends the sync: its rows stay unsent until the next run
)
_SPLITTABLE = {400, 409, 413, 422}
_NOT_READY = (423, 425, 477)  # nothing was applied, and it may be in a moment
_REMEDIES = {
    401: "the credential was refused: renew it",
    403: "the credential may not do this: grant it the permission",
    404: "the address is unknown there: check base_url and the object's name",
}
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
# The library tells the address of every request, and addresses may hold a number or
# a digest of a person's.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Client:
    """One kept connection to one API. Not for use by several threads."""

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        limiter: Limiter,
        clock: Clock,
        timeout: float = 30.0,
        pause_of: Callable[[httpx.Response], float | None] = lambda response: None,
        status_of: Callable[[httpx.Response], int] = lambda response: response.status_code,
    ) -> None:
        """One API with its ways. `headers` may replace the content type, which is JSON.

        `pause_of` reads a vendor's own way of saying how long to wait, in seconds, where it sent no
        Retry-After; `status_of` the status that it means, where that stands in the body.
        """
        self.requests = 0
        self._urls: dict[str, httpx.URL] = {}
        self._name = name
        self._limiter = limiter
        self._clock = clock
        self._pause_of = pause_of
        self._status_of = status_of
        try:
            self._http = httpx.Client(
                base_url=base_url,
                headers={"Content-Type": "application/json", **headers},
                timeout=timeout,
                trust_env=False,
            )
        except (httpx.InvalidURL, UnicodeEncodeError, ValueError):
            raise Stopped(
                f"destination {name}: base_url or the secret holds characters that HTTP"
                " forbids; correct them"
            ) from None

    def post(self, path: str, body: bytes, *, resend: bool = True) -> httpx.Response:
        """`request` with the method POST."""
        return self.request("POST", path, body, resend=resend)

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        resend: bool = True,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        told: str | None = None,
    ) -> httpx.Response:
        """The 2xx answer, or one with a status of `accept`.

        `resend`: whether sending it again after no answer is harmless.
        `told`: how messages name the path, where it holds a person's key; they never tell a query.

        Errors: `Refused` (split the body), `NoAnswer` (may have been applied), `Stopped` (nothing
        was applied, nothing else will be).
        """
        place = told or path.partition("?")[0]
        may_have_arrived = False
        for attempt in range(ATTEMPTS):
            if attempt:
                self._clock.sleep(self._backoff(attempt))
            try:
                response = self._send_within_limits(method, path, body, headers)
            except Stopped as stop:
                if may_have_arrived:
                    raise NoAnswer(f"no usable answer on {place}, and then: {stop}") from None
                raise
            except (
                httpx.ConnectError,
                httpx.ConnectTimeout,
                httpx.PoolTimeout,
                httpx.UnsupportedProtocol,
            ):
                continue  # nothing was sent
            except httpx.HTTPError as error:
                may_have_arrived = True
                if not resend:
                    raise NoAnswer(f"{type(error).__name__} on {place}") from None
                continue
            status = self._status_of(response)
            if 200 <= status < 300 or status in accept:
                return response
            if status < 500 and status not in (408, *_NOT_READY):
                if may_have_arrived:  # what is refused now may have been taken the first time
                    raise NoAnswer(f"no usable answer on {place}, and then HTTP {status}")
                raise self._refusal(status, response, place)
            if status not in _NOT_READY:
                may_have_arrived = True
                if not resend:
                    raise NoAnswer(f"HTTP {status} on {place}")
            self._heed(response)
        if may_have_arrived:
            raise NoAnswer(f"no usable answer on {place} after {ATTEMPTS} attempts")
        raise Stopped(
            f"destination {self._name}: {self._origin} is not reachable "
            f"or not ready after {ATTEMPTS} attempts; "
            "check base_url and the network, then run again"
        )

    def close(self) -> None:
        self._http.close()
        self._limiter.close()

    @property
    def _origin(self) -> str:
        url = self._http.base_url
        return f"{url.scheme}://{url.host}" + (f":{url.port}" if url.port else "")

    def _send_within_limits(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str] | None
    ) -> httpx.Response:
        """Send, and wait out every 429: those were not processed, and do not count as attempts."""
        refusals, waited = 0, 0.0
        while True:
            wait = self._limiter.acquire(LONGEST_WAIT_SECONDS)
            if wait or waited > LONGEST_WAIT_SECONDS:
                raise Stopped(
                    f"destination {self._name}: its request limit is used up"
                    + (f" for {wait / 60:.0f} more minutes" if wait else "")
                    + "; nothing is lost, run again later"
                )
            self.requests += 1
            response = self._http.request(method, self._url(path), content=body, headers=headers)
            if self._status_of(response) != 429:
                return response
            refusals += 1
            wait = self._wait_of(response) or self._backoff(refusals)
            waited += wait
            self._limiter.pause(wait)

    def _url(self, path: str) -> httpx.URL:
        """Parsed once: parsing costs as much as sending."""
        if len(self._urls) > KEPT_URLS:
            self._urls.clear()
        if path not in self._urls:
            self._urls[path] = self._http.base_url.join("./" + path.lstrip("/"))
        return self._urls[path]

    def _backoff(self, attempt: int) -> float:
        """Full jitter: anything up to a bound that doubles from attempt to attempt."""
        return self._clock.jitter(
            min(BACKOFF_CAP_SECONDS, BACKOFF_BASE_SECONDS * 2 ** (attempt - 1))
        )

    def _heed(self, response: httpx.Response) -> None:
        """A 503 or a lock may say how long to wait; everybody heeds it."""
        if (wait := self._wait_of(response)) is not None:
            self._limiter.pause(wait)

    def _wait_of(self, response: httpx.Response) -> float | None:
        """Seconds to wait: Retry-After as seconds or as a date, else the vendor's own way;
        null when nothing was said."""
        text = response.headers.get("Retry-After", "").strip()
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text)
        if text:
            try:
                moment = parsedate_to_datetime(text)
            except ValueError:
                return self._pause_of(response)
            return max(
                0.0, moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - self._clock.time()
            )
        return self._pause_of(response)

    def _refusal(self, status: int, response: httpx.Response, place: str) -> Refused | Stopped:
        if status in _SPLITTABLE:
            return Refused(f"HTTP {status}{code_of(response)}")
        remedy = _REMEDIES.get(status, "see the destination's own log for this request")
        return Stopped(
            f"destination {self._name}:"
            f" {self._origin}{place} answered {status}{code_of(response)}; {remedy}"
        )


def code_of(response: httpx.Response) -> str:
    """The machine-readable code of an error body, in brackets;
    never its prose, which may repeat what was sent.

    Vendors put it at the top, below `error`, or into the first of `errors`.
    """
    body = json_of(response)
    first = next(iter(body["errors"]), None) if isinstance(body.get("errors"), list) else None
    places = [
        (body, ("category", "errorType", "errno", "code", "error")),
        (body.get("error"), ("error_subcode", "status", "code")),
        (first, ("code",)),
    ]
    for place, keys in places:
        codes = [safe_code(place.get(key)) for key in keys] if isinstance(place, dict) else []
        for code in codes:
            if code:
                return f" ({code})"
    return ""


def json_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of a body; an empty one where it holds none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def answered(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of a 2xx body.

    Errors: `NoAnswer` where it holds none: what the other side did cannot be known.
    """
    body = json_of(response)
    if not body:
        raise NoAnswer(f"HTTP {response.status_code} without a JSON object")
    return body


def told_by(response: httpx.Response, *path: str) -> Any:
    """What stands at a place in a 2xx body.

    Errors: `NoAnswer` where nothing does: an answer that lacks what it must hold is none.
    """
    value: Any = answered(response)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            raise NoAnswer(f"HTTP {response.status_code} without {'.'.join(path)}")
    return value


def safe_code(value: object) -> str:
    """`value` if it looks like a code: a number, or short, one word, no address;
    else an empty string."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return text if isinstance(text, str) and _CODE.fullmatch(text) else ""
