"""Settings are read once, from the environment over .env, and every fault is named with what is expected."""

from pathlib import Path

import pytest

from bot.content import HOME
from bot.core.errors import SettingsError
from bot.settings import KNOWN, PLATFORMS, Settings, read


def faults(folder: Path, **environment: str) -> list[str]:
    with pytest.raises(SettingsError) as error:
        read(folder, environment)
    return str(error.value).splitlines()


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    assert read(tmp_path, {}) == Settings()
    assert Settings().database_url == "sqlite:///mockingbird.db"


def test_every_setting_is_taken(tmp_path: Path) -> None:
    content = tmp_path / "questions"
    content.mkdir()
    environment = {
        "DATABASE_URL": "sqlite:////var/lib/bot.db",
        "PORT": "9090",
        "MOCKINGBIRD_HOST": "0.0.0.0",
        "MOCKINGBIRD_LOG_LEVEL": "WARNING",
        "MOCKINGBIRD_CONTENT": str(content),
        "MOCKINGBIRD_PLAYGROUND": "other.db",
    }
    assert {name for name in environment if name.startswith("MOCKINGBIRD_")} == set(KNOWN)
    assert read(tmp_path, environment) == Settings(
        "sqlite:////var/lib/bot.db", "0.0.0.0", 9090, "warning", content, "other.db"
    )


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=81\nMOCKINGBIRD_HOST=0.0.0.0\n# PORT=82\n")
    found = read(tmp_path, {"PORT": "83"})
    assert (found.port, found.host) == (83, "0.0.0.0")


def test_an_empty_variable_counts_as_none(tmp_path: Path) -> None:
    assert read(tmp_path, {"PORT": "", "DATABASE_URL": ""}) == Settings()


def test_other_programs_variables_are_left_alone(tmp_path: Path) -> None:
    assert read(tmp_path, {"HOME": "/root", "PORTAL": "x", "MOCKING": "y"}) == Settings()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80a", "8080.0", "٨٠", "9" * 5_000])
def test_a_port_that_is_none_is_named_with_what_one_looks_like(tmp_path: Path, port: str) -> None:
    [fault] = faults(tmp_path, PORT=port)
    assert fault.startswith("PORT is ")
    assert "1 to 65535" in fault


@pytest.mark.parametrize(
    "url",
    [
        "mockingbird.db",
        "mysql://me@here/db",
        "postgresql+asyncpg://me@here/db",
        "sqlite+aiosqlite:///x.db",
        "sqlite+nothing:///x.db",
        "://",
    ],
)
def test_a_database_that_we_cannot_use_is_named_with_one_that_we_can(tmp_path: Path, url: str) -> None:
    [fault] = faults(tmp_path, DATABASE_URL=url)
    assert fault.startswith("DATABASE_URL ")
    assert "sqlite:///mockingbird.db" in fault


def test_a_password_in_a_wrong_address_is_not_repeated(tmp_path: Path) -> None:
    assert "geheim" not in "".join(faults(tmp_path, DATABASE_URL="mysql://me:geheim@here/db"))


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        DATABASE_URL="nonsense",
        PORT="many",
        MOCKINGBIRD_LOG_LEVEL="loud",
        MOCKINGBIRD_CONTENT=str(tmp_path / "nowhere"),
        MOCKINGBIRD_TOKEN="x",
    )
    named = ("DATABASE_URL", "PORT", "MOCKINGBIRD_LOG_LEVEL", "MOCKINGBIRD_TOKEN", "MOCKINGBIRD_CONTENT")
    assert [fault.split()[0].rstrip(":") for fault in found] == list(named)


def test_an_unknown_setting_in_the_file_is_named_with_those_that_exist(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MOCKINGBIRD_LOGLEVEL=debug\n")
    [fault] = faults(tmp_path)
    assert fault.startswith("MOCKINGBIRD_LOGLEVEL is not a setting")
    assert "MOCKINGBIRD_LOG_LEVEL" in fault


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PORT=\xff\xfe\n")
    [fault] = faults(tmp_path)
    assert str(tmp_path / ".env") in fault
    assert "UTF-8" in fault


def test_the_example_file_holds_every_setting_and_its_default(tmp_path: Path) -> None:
    example = (HOME.parent / ".env.example").read_text()
    lines = [line.removeprefix("# ") for line in example.splitlines() if "=" in line]
    values = dict(line.split("=", 1) for line in lines)
    assert set(values) == {*KNOWN, *PLATFORMS, "PORT", "DATABASE_URL"}
    for name in ("MOCKINGBIRD_CONTENT", *PLATFORMS):  # where we are installed; secrets that have no default
        del values[name]
    assert read(tmp_path, values) == Settings()
