"""What a person at the playground can do and see, and the program that they use."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Locator, Page, expect

HOME = Path(__file__).parents[2]
RUN = (sys.executable, "-m", "adapters.cli", "run")
STARTS = 400  # looks, 0.1 s apart, until the page answers
Scheme = Literal["light", "dark"]
SLOW = 20_000  # milliseconds that time may need to pass


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Program:
    """The real thing (or a stand-in) in a folder of its own, started as people start it."""

    def __init__(self, folder: Path, command: tuple[str, ...] = RUN) -> None:
        self.folder = folder
        self._command = command
        self.address = f"http://127.0.0.1:{free_port()}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Come up, and return once the page answers."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MOCKINGBIRD_")}
        environment = kept | {"PORT": self.address.rpartition(":")[2], "PYTHONPATH": str(HOME)}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        for _ in range(STARTS):
            if self._answers():
                return
            try:
                self._process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        raise AssertionError(f"the program did not come up:\n{self.log}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop; how it ended. Raises TimeoutExpired where it takes longer than five seconds."""
        if self._process is None:
            return 0
        self._process.send_signal(how)
        try:
            return self._process.wait(timeout=5)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._process = None

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.address, timeout=5) as answer:
                return int(answer.status) == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


class Seat:
    """One person in one tab. What goes wrong in the page's own script is kept in `faults`."""

    def __init__(self, browser: Browser, address: str, who: str, *, scheme: Scheme = "light") -> None:
        self.page: Page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
        self.faults: list[str] = []
        self.outside: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url, address))
        self._address = address
        self.who = who
        self.open()

    def _note(self, url: str, address: str) -> None:
        if not url.startswith((address, address.replace("http", "ws", 1), "data:", "blob:")):
            self.outside.append(url)

    def open(self, to: str = "mle-prep") -> None:
        """Load the page at a place."""
        self.page.goto(f"{self._address}/?as={self.who}&in={to}")
        expect(self.box()).to_be_visible()
        expect(self.page.locator("[data-theme-choice][aria-pressed=true]")).to_have_count(1)

    def go(self, name: str) -> None:
        """Choose a place in the left column."""
        self.page.get_by_role("navigation", name="Places").get_by_role("link", name=name).click()
        expect(self.page.locator("h1")).to_contain_text(name)

    def pane(self, name: str = "main") -> Locator:
        return self.page.locator(f'.log[data-pane="{name}"]')

    def box(self, pane: str = "main") -> Locator:
        return self.page.locator(f'.composer[data-pane="{pane}"] textarea')

    def say(self, text: str, pane: str = "main") -> None:
        self.box(pane).fill(text)
        self.box(pane).press("Enter")

    def ask(self, command: str) -> Locator:
        """Type a command and return what the bot answers."""
        messages = self.pane().locator(".message")
        before = messages.count()
        self.say(command)
        expect(messages.nth(before)).to_be_visible()
        return messages.nth(before)

    def message(self, text: str, pane: str = "main") -> Locator:
        """A person's message that reads just so."""
        exact = re.compile(rf"^{re.escape(text)}( \(edited\))?$")
        return self.pane(pane).locator(".message", has=self.page.locator(".text", has_text=exact))

    def card(self, title: str, pane: str = "main") -> Locator:
        """The newest message of the bot with a card whose title holds this."""
        return self.pane(pane).locator(".message", has=self.page.locator("h3", has_text=title)).last

    def press(self, card: Locator, label: str) -> None:
        card.get_by_role("button", name=label).click()

    @property
    def dialog(self) -> Locator:
        return self.page.locator("dialog[open]")

    def submit(self, label: str) -> None:
        """Send the form that stands open, and see it go."""
        self.dialog.get_by_role("button", name=label).click()
        expect(self.dialog).to_have_count(0)

    def pass_time(self, by: str) -> None:
        """Let time pass: ``hour``, ``next`` or ``day``; return when it has."""
        root = self.page.locator(".playground")
        before = int(root.get_attribute("data-passed") or 0)
        self.page.locator(f'[data-by="{by}"]:not([aria-disabled])').click()
        expect(root).to_have_attribute("data-passed", str(before + 1), timeout=SLOW)
        expect(self.page.locator(".spinner")).to_have_count(0)

    def pass_until(self, title: str, most: int = 12) -> Locator:
        """Go from one due thing to the next until a card is there."""
        for _ in range(most):
            if self.card(title).count():
                break
            self.pass_time("next")
        expect(self.card(title)).to_be_visible()
        return self.card(title)

    def set_up(self) -> None:
        """Make the study group, as one who may."""
        self.page.get_by_role("button", name="Set up the group").click()
        self.submit("Start")
        expect(self.card("Your study group is set")).to_be_visible()
