"""What a database's fault means: two jobs met, the connection broke, or nothing can be written now.

Told by SQLSTATE (PostgreSQL's manual, appendix A) and by SQLite's own words, so that no driver has to be there for it.
"""

from sqlalchemy.exc import DBAPIError

# Two jobs met. Under SERIALIZABLE a unique row that another one just wrote shows like that, too.
MET = ("40001", "40P01", "23505")
# The server goes down, comes up, is full of connections, or gave up on ours. Class 08 is the connection's own.
AWAY = ("57P01", "57P02", "57P03", "57P04", "57P05", "53300", "25P03")
# Disk full, out of memory, read-only, a statement or lock that took too long, an I/O error.
TAKES_NOTHING = ("53100", "53200", "25006", "57014", "55P03", "58030")
SQLITE_TAKES_NOTHING = ("full", "readonly", "disk i/o error", "locked", "unable to open")


def cause(fault: BaseException) -> BaseException:
    """The driver's own error where SQLAlchemy wrapped it."""
    return fault.orig if isinstance(fault, DBAPIError) and fault.orig is not None else fault


def met(fault: BaseException) -> bool:
    """Whether two jobs met, and this one only has to be run again."""
    return state(fault) in MET


def broken(fault: BaseException) -> bool:
    """Whether the connection, not the statement, is what failed."""
    code = state(fault)
    if code:
        return code in AWAY or code.startswith("08")
    kinds = [kind.__name__ for kind in type(cause(fault)).__mro__ if kind.__module__.startswith("psycopg")]
    return "OperationalError" in kinds or "InterfaceError" in kinds  # themselves, or one such as ConnectionTimeout


def takes_nothing(fault: BaseException) -> bool:
    """Whether the database can write nothing now."""
    found = cause(fault)
    if type(found).__module__ == "sqlite3":
        said = str(found).lower()
        return type(found).__name__ == "OperationalError" and any(word in said for word in SQLITE_TAKES_NOTHING)
    return state(fault) in TAKES_NOTHING


def passing(fault: BaseException) -> bool:
    """Whether it is nothing that the job did: the same job may succeed another time."""
    return met(fault) or broken(fault) or takes_nothing(fault)


def line(fault: BaseException) -> str:
    """What the driver said, in one line."""
    found = cause(fault)
    return (str(found).strip().splitlines() or [type(found).__name__])[0].rstrip(".")


def state(fault: BaseException) -> str:
    """The SQLSTATE; empty where the driver gives none."""
    return str(getattr(cause(fault), "sqlstate", None) or "")
