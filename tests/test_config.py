"""Settings from the environment: what is taken, what is refused, and where the key lies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from procurement.config import ConfigurationError, Settings


def settings(root: Path, **environ: str) -> Settings:
    return Settings.from_environment(environ, root)


def test_without_any_variable_everything_lies_in_the_instance_folder(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.instance == tmp_path / "instance"
    assert found.database_url == f"sqlite:///{tmp_path}/instance/jieli.sqlite3"
    assert found.files_folder == tmp_path / "instance" / "files"
    assert found.fonts_folder == tmp_path / "instance" / "fonts"
    assert found.upload_limit == 20 * 1024 * 1024
    assert found.hosts == ("127.0.0.1", "localhost", "[::1]")
    assert not found.behind_tls


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_postgresql_address_names_its_driver(tmp_path: Path, scheme: str) -> None:
    found = settings(tmp_path, DATABASE_URL=f"{scheme}://jieli@db/jieli")
    assert found.database_url == "postgresql+psycopg://jieli@db/jieli"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://jieli@db/jieli"),
        ("STORAGE_URL", "s3://bucket/files"),
        ("STORAGE_URL", "/srv/files"),
        ("SMTP_URL", "mail.example.cn:25"),
        ("JIELI_PUBLIC_URL", "jieli.example.cn"),
        ("JIELI_UPLOAD_LIMIT", "20 MB"),
        ("JIELI_UPLOAD_LIMIT", "1000"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_the_name_of_its_variable(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ConfigurationError, match=name):
        settings(tmp_path, **{name: value})


def test_a_refused_database_address_does_not_show_its_password(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        settings(tmp_path, DATABASE_URL="mysql://jieli:hunter2@db/jieli")
    assert "hunter2" not in str(refused.value)


def test_a_folder_for_files_may_have_spaces_and_chinese_in_its_name(tmp_path: Path) -> None:
    found = settings(tmp_path, STORAGE_URL="file:///srv/%E6%8E%A5%E5%8A%9B%20files")
    assert found.files_folder == Path("/srv/接力 files")


def test_the_published_address_is_a_name_browsers_may_ask_for(tmp_path: Path) -> None:
    found = settings(tmp_path, JIELI_PUBLIC_URL="https://jieli.example.cn/", JIELI_HOSTS="inner, other.example.cn")
    assert found.behind_tls
    assert found.public_url == "https://jieli.example.cn"
    assert found.hosts[3:] == ("jieli.example.cn", "inner", "other.example.cn")
    assert found.mail_from == "jieli@jieli.example.cn"


def test_each_font_slot_has_its_variable(tmp_path: Path) -> None:
    found = settings(tmp_path, JIELI_FONT_SONG="/fonts/song.ttf", JIELI_FONT_XIAOBIAOSONG="/fonts/xbs.ttf")
    assert found.font_paths == {"song": Path("/fonts/song.ttf"), "xiaobiaosong": Path("/fonts/xbs.ttf")}


def test_the_key_is_made_once_and_nobody_else_reads_it(tmp_path: Path) -> None:
    key = settings(tmp_path).secret_key()
    assert len(key) == 64
    assert settings(tmp_path).secret_key() == key
    file = tmp_path / "instance" / "secret.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret.key"]


def test_starts_at_the_same_instant_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: settings(tmp_path).secret_key(), range(64)))
    assert len(keys) == 1


def test_half_a_key_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    folder.mkdir()
    (folder / "secret.key").write_text("abc")
    with pytest.raises(ConfigurationError, match="不完整"):
        settings(tmp_path).secret_key()


def test_the_folders_of_an_instance_are_closed_to_others(tmp_path: Path) -> None:
    found = settings(tmp_path)
    found.make_folders()
    found.make_folders()
    for folder in (found.instance, found.files_folder, found.temporary_folder):
        assert folder.stat().st_mode & 0o777 == 0o700
