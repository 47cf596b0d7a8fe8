"""The sandbox's HTTP server: keep-alive, faults around each call, the control plane,
and one folder of paths per destination."""

import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar, NamedTuple, Protocol

from orchestration.reverse_etl.sandbox.braze import BrazeUsers
from orchestration.reverse_etl.sandbox.faults import Fault, Faults
from orchestration.reverse_etl.sandbox.google_customer_match import GoogleUserLists
from orchestration.reverse_etl.sandbox.hubspot import HubSpotContacts
from orchestration.reverse_etl.sandbox.klaviyo import KlaviyoProfiles
from orchestration.reverse_etl.sandbox.mailchimp import MailchimpMembers
from orchestration.reverse_etl.sandbox.meta_audience import MetaAudiences
from orchestration.reverse_etl.sandbox.shopify import ShopifyOrders
from orchestration.reverse_etl.sandbox.twilio_sms import TwilioMessages
from orchestration.reverse_etl.sandbox.webhook import WebhookReceiver

CONTRACTS: Mapping[str, Callable[[], "Contract"]] = {
    "braze": BrazeUsers,
    "google_customer_match": GoogleUserLists,
    "hubspot": HubSpotContacts,
    "klaviyo": KlaviyoProfiles,
    "mailchimp": MailchimpMembers,
    "meta_audience": MetaAudiences,
    "shopify": ShopifyOrders,
    "twilio_sms": TwilioMessages,
    "webhook": WebhookReceiver,
}


class Reply(NamedTuple):
    """An answer: a body of null is an empty one."""

    status: int
    body: Any
    headers: Mapping[str, str] = MappingProxyType({})


NO_TOKEN = Reply(
    401, {"message": "control plane: the token of this start is wanted, as Authorization: Bearer …"}
)


class Contract(Protocol):
    """One system: `handle` is called under the server's lock with the path below its folder;
    it answers a `Reply`'s parts."""

    def handle(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> tuple[Any, ...]: ...

    def report(self) -> dict[str, Any]: ...


class Sandbox:
    """The running server. Use as a context manager; `url` is its base address.

    What arrived is personal, so the control plane answers whoever knows `token`, as a bearer's:
    one made for this server alone, unless one was handed over.
    """

    def __init__(self, port: int = 0, token: str | None = None) -> None:
        self.token = token or secrets.token_urlsafe(32)
        self.faults = Faults()
        self.contracts = _fresh()
        self.lock = threading.Lock()
        self._server = _Server(
            ("127.0.0.1", port), type("BoundHandler", (_Handler,), {"sandbox": self})
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="sandbox", daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def shopify(self) -> ShopifyOrders:
        """The shop that orders can be pulled from."""
        shop = self.contracts["shopify"]
        assert isinstance(shop, ShopifyOrders)
        return shop

    def reset(self) -> None:
        """Forget everything: contacts, effects, faults."""
        with self.lock:
            self.faults.clear()
            self.contracts = _fresh()

    def __enter__(self) -> "Sandbox":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _fresh() -> dict[str, Contract]:
    return {folder: make() for folder, make in CONTRACTS.items()}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is what crash tests do: no traceback."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet per answer
    disable_nagle_algorithm = True
    sandbox: ClassVar[Sandbox]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: paths and bodies may hold personal data."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        folder, _, rest = self.path.lstrip("/").partition("/")
        if folder == "__ctl":
            self._reply(self._control(rest, body) if self._is_trusted() else NO_TOKEN)
            return
        contract = self.sandbox.contracts.get(folder)
        if contract is None:
            self._reply(Reply(404, {"status": "error", "message": f"no system {folder}"}))
            return
        with self.sandbox.lock:
            faults = self.sandbox.faults.striking(folder)
        if self._broken(faults, "before"):
            return
        with self.sandbox.lock:
            reply = Reply(*contract.handle(self.command, "/" + rest, self.headers, body, faults))
        for fault in faults:
            if fault.kind == "slow":
                time.sleep(fault.seconds)
        if not self._broken(faults, "after"):
            self._reply(reply)

    def _broken(self, faults: list[Fault], when: str) -> bool:
        """Whether a fault has taken the answer's place."""
        for fault in faults:
            if fault.when != when:
                continue
            if fault.kind == "reset":
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return True
            if fault.kind == "status":
                wait = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
                said = {"status": "error", "message": "fault"} if fault.body is None else fault.body
                self._reply(Reply(fault.status, said, wait))
                return True
        return False

    def _is_trusted(self) -> bool:
        given = self.headers.get("Authorization") or ""
        return hmac.compare_digest(given.encode(), f"Bearer {self.sandbox.token}".encode())

    def _control(self, path: str, body: bytes) -> Reply:
        sandbox = self.sandbox
        with sandbox.lock:
            if path == "effects" and self.command == "GET":
                return Reply(
                    200, {name: contract.report() for name, contract in sandbox.contracts.items()}
                )
            if path == "shopify/orders" and self.command == "POST":
                try:
                    count = sandbox.shopify.put(json.loads(body))
                except (ValueError, TypeError, KeyError):
                    return Reply(
                        400, {"message": "a list of orders with id and updated_at is wanted"}
                    )
                return Reply(201, {"orders": count})
            if path == "faults" and self.command == "GET":
                return Reply(200, sandbox.faults.report())
            if path == "faults" and self.command == "DELETE":
                sandbox.faults.clear()
                return Reply(204, None)
            if path == "faults" and self.command == "POST":
                try:
                    sandbox.faults.add(json.loads(body))
                except (ValueError, TypeError) as error:
                    return Reply(400, {"message": str(error)})
                return Reply(201, sandbox.faults.report())
        return Reply(
            404,
            {
                "message": (
                    "control plane: GET effects; GET, POST, DELETE faults; POST shopify/orders"
                )
            },
        )

    def _reply(self, reply: Reply) -> None:
        content = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()
