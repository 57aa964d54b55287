"""`python -m bench.discord_serve bare|ours url folder groups`: one bot on the Discord at this address, until it is ended."""

import asyncio
import logging
import sys
from pathlib import Path

from bench.discord_bare import bare


async def serve(kind: str, url: str, folder: Path, groups: int) -> None:
    """Run the bot until the process ends."""
    if kind == "bare":
        await bare(url)
        return
    # Loaded here alone, so that the bare side's memory is its own.
    from bench.discord_ours import ours  # noqa: PLC0415

    await ours(url, folder, groups)


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)
    asyncio.run(serve(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])))
