"""Open pages that watch jobs, each as static/js/follow.js has a browser do it.

`python -m benchmarks.watching SITE SESSION PAGES JOB…`, a program of its own so that it takes
nothing from the process that measures. Runs until it is stopped.
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

# Seconds, as in follow.js: until a stream is asked for again.
ENDED, REFUSED = 1, 60
# They are not all opened at the same moment.
BETWEEN_OPENINGS = 0.01
FOLLOWED = re.compile(
    r'data-poll-ms="(?P<poll_ms>\d+)" data-progress-url="(?P<progress>[^"]+)"'
    r' data-events-url="(?P<events>[^"]+)"'
)


class Page:
    """One page that is open; it looks when its stream says so, or every now and then."""

    def __init__(self, site: str, session: str, job: str) -> None:
        self._site = site
        self._requests = requests.Session()
        self._requests.cookies.set("sessionid", session)
        self._etag: str | None = None
        # When a stream may be asked for again.
        self.streams_from = 0.0
        # The HTML of the page, or of the part that was drawn last.
        self.drawn = self._requests.get(f"{site}/imports/{job}/").text

    def watch(self) -> None:
        """Follow the job for as long as it moves."""
        with self._requests:
            while asked := FOLLOWED.search(self.drawn):
                if time.monotonic() >= self.streams_from:
                    pause = self._stream(unescape(asked["events"]), asked["progress"])
                    self.streams_from = time.monotonic() + pause
                time.sleep(int(asked["poll_ms"]) / 1000)
                self._look(asked["progress"])

    def _stream(self, events: str, progress: str) -> int:
        """Look at each event; returns the seconds until a stream may be asked for again."""
        with self._requests.get(self._site + events, stream=True) as answer:
            if answer.status_code != requests.codes.ok:
                return REFUSED
            for line in answer.iter_lines(chunk_size=1):
                if line.startswith(b"event:"):
                    self._look(progress)
        return ENDED

    def _look(self, url: str) -> None:
        answer = self._requests.get(self._site + url, headers={"If-None-Match": self._etag})
        if answer.status_code == requests.codes.ok:
            self._etag, self.drawn = answer.headers["ETag"], answer.text


def _open(site: str, session: str, job: str) -> None:
    with suppress(RequestException):  # the site may end first
        Page(site, session, job).watch()


def main(site: str, session: str, pages: str, *jobs: str) -> None:
    for job in islice(cycle(jobs), int(pages)):
        Thread(target=_open, args=(site, session, job), daemon=True).start()
        time.sleep(BETWEEN_OPENINGS)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
