"""Alembic's environment: the migrations run on the connection that `migrate` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from bot.store.tables import Instant, metadata


def _plain(kind: str, found: Any, _context: AutogenContext) -> str | Literal[False]:
    """Migrations stand for themselves: they name no type of ours, which may change after them."""
    return "sa.BigInteger()" if kind == "type" and isinstance(found, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_plain,
    transactional_ddl=False,  # the caller's transaction holds it all
)
context.run_migrations()
