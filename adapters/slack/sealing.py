"""Secrets at rest: sealed with the first of our keys, opened with any of them, so that keys can be changed."""

import base64
import binascii

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.core.errors import SettingsError, StoreError

SHORTEST = 32  # characters of a key that is no Fernet key itself: random ones of this length carry 128 bits and more
ANEW = "python -c 'import secrets; print(secrets.token_urlsafe(32))'"


class Seal:
    """Seals and opens texts. It never shows its keys."""

    def __init__(self, keys: str) -> None:
        """`keys` as in MOCKINGBIRD_SECRET_KEY: one, or several with commas, the newest first. Raises SettingsError."""
        parts = [part.strip() for part in keys.split(",") if part.strip()]
        if not parts:
            raise SettingsError(f"MOCKINGBIRD_SECRET_KEY is not set. It seals the tokens of workspaces in the database. "
                                f"Make one with: {ANEW}")  # fmt: skip
        self._fernet = MultiFernet([Fernet(_key(part)) for part in parts])

    def seal(self, text: str) -> str:
        """The text as it may lie in the database."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str, whose: str) -> str:
        """What was sealed. Raises StoreError, naming `whose` it is, where none of our keys opens it."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise StoreError(
                f"The token of {whose} was sealed with another MOCKINGBIRD_SECRET_KEY. Write the former key behind the "
                "new one, with a comma between them, or install the app there again."
            ) from None


def _key(text: str) -> bytes:
    """A Fernet key: the text itself where it is one, else 32 bytes derived from it."""
    try:
        if len(base64.urlsafe_b64decode(text.encode())) == 32 and text.endswith("="):
            return text.encode()
    except (binascii.Error, ValueError):
        pass  # no base64: a text of somebody's own
    if len(text) < SHORTEST:
        raise SettingsError(f"MOCKINGBIRD_SECRET_KEY holds a key of {len(text)} characters; it needs {SHORTEST} random ones "
                            f"at least. Make one with: {ANEW}")  # fmt: skip
    derived = HKDF(SHA256(), 32, salt=None, info=b"mockingbird tokens").derive(text.encode())
    return base64.urlsafe_b64encode(derived)
