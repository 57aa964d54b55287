"""`python -m bench.slack_serve idle|orm|ours folder callers`: one side over HTTP; prints its port.

Stock apps are served by uvicorn as it is, with all that ours does without switched off for them, too.
"""

import logging
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvicorn

from adapters import loop
from adapters.listen import opened
from adapters.slack.serving import server
from bench.slack_ours import ours
from bench.slack_stock import idle, orm


async def serve(kind: str, folder: Path, callers: int) -> None:
    """Serve until the process ends."""
    async with AsyncExitStack() as stack:
        app: Any
        if kind == "idle":
            app = idle()
        elif kind == "orm":
            app = await stack.enter_async_context(orm(f"sqlite+aiosqlite:///{folder / 'orm.db'}", callers))
        else:
            app = await stack.enter_async_context(ours(folder, callers))
        with opened("127.0.0.1", 0) as listening:
            print(listening.getsockname()[1], flush=True)
            await (server(app, log_level="error") if kind == "ours" else _stock(app)).serve(sockets=[listening])


def _stock(app: Any) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
        )
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)
    loop.run(serve(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
