"""Starting processes and waiting for them."""

import pytest
import requests

from benchmarks import processes


def test_waiting_ends_when_the_condition_holds() -> None:
    looks = iter([False, False, True])
    processes.wait_until(lambda: next(looks), seconds=5, pause=0)


def test_waiting_has_an_end() -> None:
    with pytest.raises(TimeoutError):
        processes.wait_until(lambda: False, seconds=0.01, pause=0)


def test_a_process_that_ends_at_once_is_noticed() -> None:
    with (
        pytest.raises(RuntimeError, match="did not start"),
        processes.running(["-c", "pass"], lambda: False),
    ):
        pass


def test_the_site_answers_and_ends_with_the_block() -> None:
    with processes.web() as url:
        assert requests.get(f"{url}/health/live/", timeout=30).ok
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=30)
