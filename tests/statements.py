"""All statements that the repositories prepare."""

import importlib
import pkgutil

from bot.store import repos
from bot.store.prepared import Prepared


def statements() -> dict[str, Prepared]:
    """Module and name -> statement."""
    return {
        f"{module.name}.{name}": value
        for module in pkgutil.iter_modules(repos.__path__)
        for name, value in vars(importlib.import_module(f"bot.store.repos.{module.name}")).items()
        if isinstance(value, Prepared)
    }
