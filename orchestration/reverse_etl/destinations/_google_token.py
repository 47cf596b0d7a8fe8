"""Google's access tokens: they live for an hour, so a nightly push exchanges a refresh
token for a new one.

The secret of a Google destination is either an access token, or a JSON object with `client_id`,
`client_secret` and `refresh_token`.
"""

import json
from urllib.parse import urlencode

from orchestration.reverse_etl.client import Client, answered
from orchestration.reverse_etl.limits import Limiter
from orchestration.reverse_etl.protocol import DestinationConfig, NoAnswer, Refused, Stopped

TOKEN_URL = "https://oauth2.googleapis.com"
PARTS = ("client_id", "client_secret", "refresh_token")
SPARE_SECONDS = 120.0  # a token is not used up to its last second


class Token:
    """One credential's access token, renewed when it is about to end."""

    def __init__(self, config: DestinationConfig, secret: str) -> None:
        """Errors: `Stopped` when the secret is JSON without the parts that are needed."""
        self._config = config
        self._parts: dict[str, str] = {}
        self._token, self._ends = secret, float("inf")
        if secret.startswith("{"):
            try:
                self._parts = {part: str(json.loads(secret)[part]) for part in PARTS}
            except (ValueError, KeyError, TypeError):
                raise Stopped(
                    f"destination {config.name}:"
                    f" its secret is JSON and needs {', '.join(PARTS)}; set it again"
                ) from None
            self._ends = 0.0

    def current(self) -> str:
        """Errors: `Stopped` when Google refuses to renew it."""
        if self._config.clock.time() >= self._ends - SPARE_SECONDS:
            self._renew()
        return self._token

    def _renew(self) -> None:
        base_url = str(self._config.options.get("token_url", TOKEN_URL))
        client = Client(
            name=self._config.name,
            base_url=base_url,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            limiter=Limiter(None, self._config.clock),
            clock=self._config.clock,
        )
        try:
            answer = answered(
                client.post(
                    "/token", urlencode({**self._parts, "grant_type": "refresh_token"}).encode()
                )
            )
            self._token = str(answer["access_token"])
            self._ends = self._config.clock.time() + float(answer["expires_in"])
        except (Refused, NoAnswer, KeyError, ValueError) as error:
            said = str(error) if isinstance(error, Refused | NoAnswer) else type(error).__name__
            raise Stopped(
                f"destination {self._config.name}: Google gave no access token ({said});"
                " renew the refresh token"
            ) from None
        finally:
            client.close()
