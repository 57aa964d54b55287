"""The `mockingbird` command."""

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

# The platforms' libraries are heavy; what an operator asks of a platform is imported where it is asked.
from adapters import compose, loop, outbox_desk
from bot.catalog import KINDS, TOPICS
from bot.content import load
from bot.core.errors import BotError, ContentError, StoreError
from bot.settings import Settings, read
from bot.simulate import simulate
from bot.store import database, fitness, migrate, transfer
from bot.store.database import connect, file
from bot.store.lock import FileLock
from bot.store.sentences import where

WRONG_USE = 2  # exit status, as argparse has it
PLATFORMS = ("slack", "discord")  # with a manifest and a doctor
ABOUT = """The study-group bot for machine-learning-engineer interviews.

Start with `mockingbird demo`: the playground in your browser, with a group four days into its plan.
"""


def main(arguments: list[str] | None = None) -> None:
    """Run the command; exits with 0, with 1 where something is wrong, with 2 where it was called wrongly."""
    parsed = _parser().parse_args(arguments)
    try:
        sys.exit(parsed.does(parsed) or 0)
    except ContentError as error:
        print("\n".join(error.faults), file=sys.stderr)
        print(f"{len(error.faults)} fault(s) in the content.", file=sys.stderr)
        sys.exit(1)
    except BotError as error:
        print(f"mockingbird: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mockingbird", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"mockingbird {version('mockingbird')}")
    commands = parser.add_subparsers(required=True, metavar="command")
    run = _command(commands, "run", _run, "Start the bot: in Slack and Discord where their credentials are set, else in the "
                   "playground.",
                   "Settings come from the environment and from .env in this folder: PORT (8080), DATABASE_URL "
                   "(sqlite:///mockingbird.db) and those named in .env.example. Ctrl+C stops it.")  # fmt: skip
    run.add_argument("role", nargs="?", choices=compose.ROLES,
                     help="only one part: web (HTTP), worker (sockets of platforms), clock (posts what is due); without "
                          "it, all parts")  # fmt: skip
    _command(commands, "demo", _demo, "Start the playground with a group that is four days into its plan.",
             "Nothing is kept: the demo lives in a temporary folder and goes when you stop it with Ctrl+C.")  # fmt: skip
    _simulate_command(commands)
    _db_command(commands)
    _outbox_command(commands)
    _content_command(commands)
    _platform_commands(commands)
    return parser


def _command(
    commands: Any, name: str, does: Callable[[argparse.Namespace], int | None], about: str, more: str = ""
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=f"{about} {more}")
    parser.set_defaults(does=does)
    return parser


def _simulate_command(commands: Any) -> None:
    parser = _command(commands, "simulate", _simulate, "Live a group's two weeks in seconds, and check that all held.",
                      "Ends with status 0 only when every invariant of the product holds, and names those that do "
                      "not. The same numbers live the same life.")  # fmt: skip
    parser.add_argument("--members", type=int, default=6, help="how many people, 2 to 40 (6)")
    parser.add_argument("--days", type=int, default=14, help="how many days, 1 to 60 (14)")
    parser.add_argument("--seed", type=int, default=1, help="which life (1)")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON instead of the transcript")


def _db_command(commands: Any) -> None:
    parser = commands.add_parser("db", help="Look after the database.", description="Look after the database that "
                                 "DATABASE_URL names. `run` upgrades it by itself.")  # fmt: skip
    verbs = parser.add_subparsers(required=True, metavar="verb")
    _command(verbs, "upgrade", _upgrade, "Bring the database to this version's tables.")
    down = _command(verbs, "downgrade", _downgrade, "Take the database back one version, or to the one named.",
                    "What only the newer version held is lost: make a copy of the file first.")  # fmt: skip
    down.add_argument("to", nargs="?", default="-1", help="a version such as 0001, or base for an empty database (-1)")
    _command(verbs, "check", _check, "Say whether the database fits this version.")
    move = _command(verbs, "copy", _copy, "Copy a database into another one, such as SQLite into PostgreSQL.",
                    "The target is new or empty, and nothing runs on either. All is written in one go or not at all, and "
                    "what both hold is counted and compared. Whichever is left out is the one of DATABASE_URL.")  # fmt: skip
    move.add_argument("--from", dest="source", default="", metavar="URL", help="where the data is, such as "
                      "sqlite:///mockingbird.db")  # fmt: skip
    move.add_argument("--to", dest="target", default="", metavar="URL", help="where it goes; a password is better kept in "
                      "DATABASE_URL, where no list of processes shows it")  # fmt: skip


def _outbox_command(commands: Any) -> None:
    parser = _command(commands, "outbox", _outbox, "List the messages that are stuck, in doubt, unresolved or given up, and "
                      "settle them.",
                      "It works while the bot runs, and ends with status 1 while a message is unresolved, so that a cron "
                      "job can tell.")  # fmt: skip
    parser.add_argument("--all", action="store_true", help="list every one, not only the latest of a kind")
    verbs = parser.add_subparsers(metavar="verb")
    settle = {
        "again": "Send one that is not there.",
        "look": "Look an unresolved one up once more.",
        "landed": "Settle one as sent, because you saw it there.",
        "drop": "Take one back: nobody wants it any more.",
    }
    for verb, about in settle.items():
        one = _command(verbs, verb, _outbox_one, about)
        one.add_argument("key", help="the message's key, as `mockingbird outbox` lists it")
        one.set_defaults(verb=verb, message="")
        if verb == "landed":
            one.add_argument(
                "--message", default="", help="the platform's id of it, so that its thread and edits go on"
            )


def _content_command(commands: Any) -> None:
    about = "Check, count or add to the questions, plans and rubrics, those in MOCKINGBIRD_CONTENT too."
    parser = commands.add_parser("content", help=about, description=about)
    verbs = parser.add_subparsers(required=True, metavar="verb")
    _command(verbs, "check", _content_check, "Read all content and run its code; every fault is printed as file:line.")
    _command(verbs, "stats", _content_stats, "Print how many questions there are by topic, level, kind and stage.")
    new = _command(verbs, "new", _content_new, "Make a question's file to fill in.",
                   "It is made in the folder MOCKINGBIRD_CONTENT, where that is set.")  # fmt: skip
    new.add_argument("kind", choices=KINDS)
    new.add_argument("topic", choices=tuple(TOPICS))
    new.add_argument("id", type=_slug, help="lower-case words joined by hyphens, such as nulls-since-thursday")


def _slug(text: str) -> str:
    if len(text) > 60 or not all(part.isalnum() and part == part.lower() for part in text.split("-")):
        raise argparse.ArgumentTypeError("an id is lower-case words joined by hyphens, 60 characters at most")
    return text


def _platform_commands(commands: Any) -> None:
    made = _command(commands, "manifest", _manifest, "Print what makes the app of a platform: Slack's manifest, ready to "
                    "paste, or Discord's invite link and intents.")  # fmt: skip
    made.add_argument("platform", choices=PLATFORMS)
    made.add_argument("--url", default="", help="Slack over HTTP: the public address of your bot, like "
                      "https://bot.example.com; without it the manifest is for Socket Mode")  # fmt: skip
    made.add_argument("--many", action="store_true",
                      help="Slack: to be installed into many workspaces, at <url>/slack/install")  # fmt: skip
    made.add_argument("--id", default="",
                      help="Discord: the application's id; without it that of MOCKINGBIRD_DISCORD_TOKEN")  # fmt: skip
    doctor = _command(commands, "doctor", _doctor, "Say what stands between the bot and a platform, and how to mend it.",
                      "It reads the same settings as `run`, and may be asked while that runs.")  # fmt: skip
    doctor.add_argument("platform", choices=PLATFORMS)
    doctor.add_argument(
        "--url", default="", help="Slack: where the running bot is reached over HTTP, to try its signing secret"
    )


def _settings() -> Settings:
    settings = read()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("discord").setLevel(logging.WARNING)  # ours says what an operator wants to know
    return settings


def _run(arguments: argparse.Namespace) -> None:
    settings = _settings()
    loop.run(compose.run(settings, load(settings.content), arguments.role or "", _ready))


def _ready(says: str) -> None:
    print(says, flush=True)


def _demo_ready(says: str) -> None:
    print(says.splitlines()[0], flush=True)
    print("The group in #mle-prep is four days into its plan. Look around, and let the clock run. Ctrl+C stops it.",
          flush=True)  # fmt: skip


def _demo(arguments: argparse.Namespace) -> None:
    settings = _settings()
    catalog = load(settings.content)
    with tempfile.TemporaryDirectory(prefix="mockingbird-demo-") as folder:
        settings = compose.demo_settings(settings, Path(folder))
        print("Living the first four days of a plan ...", flush=True)
        loop.run(compose.seed_demo(settings, catalog, datetime.now(UTC)))
        loop.run(compose.run(settings, catalog, "", _demo_ready))


def _manifest(arguments: argparse.Namespace) -> None:
    from adapters.operate import discord_manifest, slack_manifest  # noqa: PLC0415

    if arguments.platform == "discord":
        print(discord_manifest(read(), arguments.id), end="")
    else:
        print(slack_manifest(load(read().content), arguments.url, arguments.many), end="")


def _doctor(arguments: argparse.Namespace) -> int:
    return loop.run(_examine(_settings(), arguments.platform, arguments.url))


async def _examine(settings: Settings, platform: str, url: str) -> int:
    from adapters.operate import discord_doctor, slack_doctor  # noqa: PLC0415

    found = discord_doctor(settings) if platform == "discord" else slack_doctor(settings, url)
    wrong = 0
    async for finding in found:
        print(finding, flush=True)
        wrong += finding.state == "wrong"
    print(f"{wrong} to mend, from the top." if wrong else "Nothing to mend.")
    return 1 if wrong else 0


def _simulate(arguments: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.ERROR)
    try:
        outcome = simulate(load(read().content), arguments.members, arguments.days, arguments.seed)
    except ValueError as error:
        print(f"mockingbird simulate: {error}", file=sys.stderr)
        return WRONG_USE
    if arguments.json:
        print(json.dumps(outcome.counts.as_dict() | {"broken": outcome.broken}, indent=2))
    else:
        print("\n".join(outcome.transcript))
        print(
            "\n" + "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in outcome.counts.as_dict().items())
        )
        print("\nEvery invariant holds." if not outcome.broken else "")
    for one in outcome.broken:
        print(f"broken: {one}", file=sys.stderr)
    return 1 if outcome.broken else 0


def _database(work: Callable[[Engine], None]) -> None:
    """Do something with the database while no other process runs on it."""
    settings = _settings()
    path = file(settings.database_url)
    lock = FileLock(path) if path else None
    try:
        engine = connect(settings.database_url)
        try:
            work(engine)
        finally:
            engine.dispose()
    finally:
        if lock is not None:
            lock.release()


def _upgrade(arguments: argparse.Namespace) -> None:
    found: list[str] = []

    def bring(engine: Engine) -> None:
        migrate.upgrade(engine)
        found.append(migrate.version(engine))

    _database(bring)
    print(f"The database has version {found[0]}.")


def _downgrade(arguments: argparse.Namespace) -> None:
    _database(lambda engine: migrate.downgrade(engine, arguments.to))
    print("Done. `mockingbird db upgrade` goes forward again.")


def _check(arguments: argparse.Namespace) -> None:
    def look(engine: Engine) -> None:
        fault = migrate.check(engine)
        if fault:
            raise StoreError(fault)
        fitness.writable(engine)
        found.append(migrate.version(engine))

    found: list[str] = []
    _database(look)
    if migrate.newer(found[0]):
        print(
            f"The database has version {found[0]}; this Mockingbird is of {migrate.head()}, and can work with it still."
        )
    else:
        print(f"The database has version {found[0]}, which is what this Mockingbird needs.")


def _copy(arguments: argparse.Namespace) -> None:
    ours = _settings().database_url
    source, target = arguments.source or ours, arguments.target or ours
    for name, url in (("--from", source), ("--to", target)):
        database.parse(url, name)
    found = transfer.copy(source, target)
    print(f"{'table':<22}{'rows':>10}{'copied':>10}  {'checksum':<18}{'of the copy'}")
    for one in found:
        counts = f"{one.source.rows:>10,}{one.target.rows:>10,}"
        print(f"{one.table:<22}{counts}  {one.source.checksum:<18}{one.target.checksum}")
    rows = sum(one.target.rows for one in found)
    print(f"Copied {rows:,} rows of {len(found)} tables; every table is the same in both. Let DATABASE_URL name "
          f"{where(database.parse(target))} from now on, and start nothing on {where(database.parse(source))} any more: it "
          "is as it was, and a backup.")  # fmt: skip


def _outbox(arguments: argparse.Namespace) -> int:
    lines, unresolved = outbox_desk.listing(_settings(), arguments.all)
    print("\n".join(lines))
    return 1 if unresolved else 0


def _outbox_one(arguments: argparse.Namespace) -> None:
    settings, key = _settings(), arguments.key
    if arguments.verb == "landed":
        print(outbox_desk.landed(settings, key, arguments.message))
    else:
        does = {"again": outbox_desk.again, "look": outbox_desk.look, "drop": outbox_desk.drop}
        print(does[arguments.verb](settings, key))


def _content_check(arguments: argparse.Namespace) -> None:
    from adapters.author import check  # noqa: PLC0415 - brings scipy, which `run` needs on its first dealing alone

    print(check(read().content))


def _content_stats(arguments: argparse.Namespace) -> None:
    from adapters.author import stats  # noqa: PLC0415 - as above

    print(stats(load(read().content)))


def _content_new(arguments: argparse.Namespace) -> None:
    from adapters.author import new  # noqa: PLC0415 - as above

    made = new(read().content, arguments.kind, arguments.topic, arguments.id)
    print(f"{made}\nFill it in: docs/content.md says how. `mockingbird content check` tells what is still missing.")


if __name__ == "__main__":
    main()
