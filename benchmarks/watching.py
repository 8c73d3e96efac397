"""Open pages that watch jobs, with the same requests as static/js/follow.js.

`python -m benchmarks.watching SITE SESSION PAGES JOB…` is a separate program, so that it does not
slow down the process that measures. It runs until it is stopped.
"""

from __future__ import annotations

import re
import sys
import time
from contextlib import suppress
from html import unescape
from itertools import cycle, islice
from threading import Thread

import requests
from requests.exceptions import RequestException

# The seconds until a stream is requested again, as in follow.js.
AFTER_END_SECONDS, AFTER_REFUSAL_SECONDS = 1, 60
# The pages are not all opened at the same moment.
BETWEEN_OPENINGS_SECONDS = 0.01
FOLLOWED = re.compile(
    r'data-poll-ms="(?P<poll_ms>\d+)" data-progress-url="(?P<progress>[^"]+)"'
    r' data-events-url="(?P<events>[^"]+)"'
)


class Page:
    """One open page; it updates when an event of its stream arrives, or at intervals."""

    def __init__(self, site: str, session: str, job: str) -> None:
        self._site = site
        self._requests = requests.Session()
        self._requests.cookies.set("sessionid", session)
        self._etag: str | None = None
        # The time from which a stream may be requested again.
        self.streams_from = 0.0
        # The HTML of the page, or of the part that was updated last.
        self.html = self._requests.get(f"{site}/imports/{job}/").text

    def watch(self) -> None:
        """Follow the job for as long as it runs."""
        with self._requests:
            while attributes := FOLLOWED.search(self.html):
                if time.monotonic() >= self.streams_from:
                    pause = self._stream(unescape(attributes["events"]), attributes["progress"])
                    self.streams_from = time.monotonic() + pause
                time.sleep(int(attributes["poll_ms"]) / 1000)
                self._update(attributes["progress"])

    def _stream(self, events: str, progress: str) -> int:
        """Update at each event; returns the seconds until a stream may be requested again."""
        with self._requests.get(self._site + events, stream=True) as response:
            if response.status_code != requests.codes.ok:
                return AFTER_REFUSAL_SECONDS
            for line in response.iter_lines(chunk_size=1):
                if line.startswith(b"event:"):
                    self._update(progress)
        return AFTER_END_SECONDS

    def _update(self, url: str) -> None:
        response = self._requests.get(self._site + url, headers={"If-None-Match": self._etag})
        if response.status_code == requests.codes.ok:
            self._etag, self.html = response.headers["ETag"], response.text


def _open(site: str, session: str, job: str) -> None:
    with suppress(RequestException):  # the site may end first
        Page(site, session, job).watch()


def main(site: str, session: str, pages: str, *jobs: str) -> None:
    for job in islice(cycle(jobs), int(pages)):
        Thread(target=_open, args=(site, session, job), daemon=True).start()
        time.sleep(BETWEEN_OPENINGS_SECONDS)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
