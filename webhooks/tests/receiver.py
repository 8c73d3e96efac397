"""A receiver of webhooks: a real HTTP server in a thread, which keeps what it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Message:
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> Any:
        """The message as JSON; raises WebhookVerificationError where it isn't signed with this."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    port: int
    answer: Answer
    messages: list[Message] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def verified(self, secret: str) -> list[Any]:
        return [message.verified(secret) for message in self.messages]


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    """An answer that is always the same; `_` in the name of a header stands for `-`."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


@contextmanager
def receiving(answer: Answer | None = None) -> Iterator[Receiver]:
    """A receiver that answers 204, or what `answer` (which may be changed) says."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.messages.append(Message(dict(self.headers), body))
            try:
                receiver.answer(self)
            except OSError:
                self.close_connection = True  # the sender has gone

        def do_GET(self) -> None:
            raise AssertionError("a redirect was followed")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        receiver = Receiver(server.server_port, answer or says(204))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
