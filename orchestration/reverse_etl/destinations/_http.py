"""What destinations behind an HTTP API share: their settings,
one kept client from `open` to `close`, and the count of its requests."""

from collections.abc import Mapping
from typing import ClassVar

import httpx

from orchestration.reverse_etl.client import Client
from orchestration.reverse_etl.encoding import typed
from orchestration.reverse_etl.limits import Limiter, Rate
from orchestration.reverse_etl.protocol import Column, DestinationConfig, resolve_secret


class HttpDestination:
    """An API under one address and one credential.

    Options of all: `rate_limit` (requests/seconds, or none), `timeout` in seconds.
    """

    base_url: ClassVar[str]
    rate_limit: ClassVar[str]

    def __init__(self, config: DestinationConfig) -> None:
        self.name = config.name
        self.config = config
        self._rate = Rate.parse(
            str(config.options.get("rate_limit", self.rate_limit)), f"destination {config.name}"
        )
        self._client: Client | None = None
        self._sent = 0

    @property
    def requests(self) -> int:
        return self._sent + (self._client.requests if self._client else 0)

    @property
    def client(self) -> Client:
        if self._client is None:
            raise RuntimeError(f"destination {self.name}: open it before sending")
        return self._client

    def option(self, key: str, default: str | None = None) -> str:
        """A text of the settings. Errors: `ValueError` where one is needed and missing."""
        value = self.config.options.get(key, default)
        if value is None or value == "":
            file = type(self).__module__.rpartition(".")[2]
            raise ValueError(
                f"destination {self.name}: options.{key} is missing in the settings;"
                f" destinations/{file}.py says what it is"
            )
        return str(value)

    def encode(self, column: Column, value: str) -> str:
        return typed(column, value)

    def address(self, secret: str) -> str:
        """Where the API is, when the settings name no base_url."""
        return self.base_url

    def headers(self, secret: str) -> Mapping[str, str]:
        """Headers of every request."""
        return {"Authorization": f"Bearer {secret}"}

    def pause_of(self, response: httpx.Response) -> float | None:
        """The vendor's own way of saying how long to wait."""
        return None

    def status_of(self, response: httpx.Response) -> int:
        """The status that an answer means."""
        return response.status_code

    def open(self) -> None:
        secret = resolve_secret(self.config)
        base_url = self.config.base_url or self.address(secret)
        self._client = Client(
            name=self.name,
            base_url=base_url,
            headers=self.headers(secret),
            limiter=Limiter.shared(
                self._rate, self.config.clock, self.config.limits_folder, base_url, secret
            ),
            clock=self.config.clock,
            timeout=float(self.config.options.get("timeout", 30)),
            pause_of=self.pause_of,
            status_of=self.status_of,
        )

    def close(self) -> None:
        if self._client:
            self._sent = self.requests
            self._client.close()
            self._client = None
