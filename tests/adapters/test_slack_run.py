"""The program as an operator starts it, in both modes, with nothing but settings: all of it goes to the stand-in."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.adapters.slack_payloads import SECRET, Payloads, encoded, headers
from tests.adapters.slack_stand_in import APP_TOKEN, StandIn
from tests.adapters.slack_workspace import Team

HOME = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60  # seconds: a busy machine starts slowly


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@asynccontextmanager
async def running(
    folder: Path, stand_in: StandIn, team: Team, *role: str, **settings: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`mockingbird run` in a folder of its own, until the block ends; it ends well."""
    ours = {"MOCKINGBIRD_SLACK_API_URL": stand_in.api, "MOCKINGBIRD_SLACK_BOT_TOKEN": team.token, **settings}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKINGBIRD_", "DATABASE"))}
    command = [sys.executable, "-m", "adapters", "run", *role]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=kept | {"PYTHONPATH": str(HOME)} | ours, stdout=-1, stderr=-2
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        assert team.token not in said.decode()


async def test_with_an_app_token_it_connects_by_two_sockets_and_lives(
    tmp_path: Path, stand_in: StandIn, team: Team, payloads: Payloads
) -> None:
    async with running(tmp_path, stand_in, team, MOCKINGBIRD_SLACK_APP_TOKEN=APP_TOKEN, PORT=str(free_port())):
        async with asyncio.timeout(PATIENCE):
            await stand_in.until_connected(2)
        ack = await stand_in.send("slash_commands", payloads.command("U0BEN", "C0PREP", "/help"))
        assert "What I can do" in str(ack["blocks"])
        await stand_in.send("slash_commands", payloads.command("U0ANA", "C0PREP", "/group setup"))
        values: dict[str, str | tuple[str, ...]] = {"zone": "UTC", "post_at": "08:00", "start": "today",
                                                    "weekdays": tuple("0123456"), "pace": "24-24"}  # fmt: skip
        view = stand_in.slack.views["U0ANA"]
        await stand_in.send("interactive", payloads.submit("U0ANA", view, values))
        async with asyncio.timeout(PATIENCE):  # what is owed to the channel arrives by itself
            await stand_in.until(lambda: [one for one in team.messages.get("C0PREP", []) if one.get("bot_id")])


async def test_with_a_signing_secret_it_answers_on_its_port(
    tmp_path: Path, stand_in: StandIn, team: Team, payloads: Payloads
) -> None:
    port = free_port()
    settings = {"MOCKINGBIRD_SLACK_SIGNING_SECRET": SECRET, "PORT": str(port)}
    slack = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}")
    async with running(tmp_path, stand_in, team, "web", **settings) as process, slack:
        await _answers(slack, process)
        body = encoded("slash_commands", payloads.command("U0BEN", "C0PREP", "/help"))
        honest = headers(body, "slash_commands", int(time.time()))
        assert "What I can do" in (await slack.post("/slack/events", content=body, headers=honest)).text
        forged = headers(body, "slash_commands", int(time.time()), "another")
        assert (await slack.post("/slack/events", content=body, headers=forged)).status_code == 401


async def _answers(slack: httpx.AsyncClient, process: asyncio.subprocess.Process) -> None:
    """Wait until it says that it listens, and then for as long as it takes to."""
    async with asyncio.timeout(PATIENCE):
        while process.stdout is not None and b"answers Slack" not in (line := await process.stdout.readline()):
            assert line, "it ended before it answered"
        while True:
            try:
                await slack.get("/")
            except httpx.TransportError:
                await asyncio.sleep(0)
            else:
                return
