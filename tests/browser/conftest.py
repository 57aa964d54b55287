"""A real Chromium, the real program, and a seat for each person."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from .seat import Program, Scheme, Seat

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
MISSING = "The browser tests need Chromium: apt-get install chromium, or set CHROMIUM=/path"


# Of each module, not of the session: while Playwright lives here, no other test can have an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail(MISSING, pytrace=False)
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Program]:
    started = Program(tmp_path, (sys.executable, str(Path(__file__).with_name("stand_in.py"))))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    started = Program(tmp_path)
    started.start()
    yield started
    started.stop()
    assert "Traceback" not in started.log


@pytest.fixture
def sit(browser: Browser, program: Program) -> Iterator[Callable[..., Seat]]:
    """Sit down as somebody. At the end no page had a fault, and none asked for anything from outside."""
    seats: list[Seat] = []

    def sat(who: str, scheme: Scheme = "light") -> Seat:
        seats.append(Seat(browser, program.address, who, scheme=scheme))
        return seats[-1]

    yield sat
    for seat in seats:
        seat.page.close()
    assert [fault for seat in seats for fault in seat.faults] == []
    assert [url for seat in seats for url in seat.outside] == []
