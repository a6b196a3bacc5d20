"""Settings of one instance, read from the environment once, in one frozen dataclass.

Below the web floor nothing reads the environment; what a room needs to know it is told.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
MEBIBYTE = 1 << 20
DEFAULT_UPLOAD_LIMIT = 20 * MEBIBYTE
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
FONT_SLOTS = ("song", "hei", "kai", "fangsong", "xiaobiaosong")
POSTGRES_SCHEMES = ("postgresql://", "postgres://")
DRIVER = "postgresql+psycopg://"


class ConfigurationError(ValueError):
    """A variable of the environment that cannot be used; the sentence names it, its value and what is allowed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where an instance lives and how it is reached.

    `instance` holds the database, files, keys, fonts and compiled translations; `upload_limit` is in bytes; `hosts` are
    the names a browser may ask for; `access_code` is set while colleagues on the local network look at a demonstration;
    `font_paths` maps the slots song, hei, kai, fangsong and xiaobiaosong to files of the agency's own.
    """

    instance: Path
    database_url: str
    files_folder: Path
    fonts_folder: Path
    font_paths: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    smtp_url: str | None = None
    mail_from: str = "jieli@localhost"
    upload_limit: int = DEFAULT_UPLOAD_LIMIT
    public_url: str | None = None
    hosts: tuple[str, ...] = LOOPBACK_HOSTS
    access_code: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, root: Path = ROOT) -> Settings:
        """The settings that `environ` (the process's own where none is given) asks for; folders default below `root`.

        Raises:
            ConfigurationError: a value that cannot be used.
        """
        environ = os.environ if environ is None else environ
        instance = _path(environ.get("JIELI_INSTANCE")) or root / "instance"
        public_url = _public_url(environ.get("JIELI_PUBLIC_URL"))
        return cls(
            instance=instance,
            database_url=_database_url(environ.get("DATABASE_URL"), instance),
            files_folder=_files_folder(environ.get("STORAGE_URL"), instance),
            fonts_folder=_path(environ.get("JIELI_FONTS")) or instance / "fonts",
            font_paths=_font_paths(environ),
            smtp_url=_smtp_url(environ.get("SMTP_URL")),
            mail_from=environ.get("MAIL_FROM") or cls.mail_from_default(public_url),
            upload_limit=_upload_limit(environ.get("JIELI_UPLOAD_LIMIT")),
            public_url=public_url,
            hosts=_hosts(environ.get("JIELI_HOSTS"), public_url),
        )

    @staticmethod
    def mail_from_default(public_url: str | None) -> str:
        """The sender of e-mails where MAIL_FROM does not name one."""
        return f"jieli@{(urlsplit(public_url).hostname if public_url else None) or 'localhost'}"

    @property
    def behind_tls(self) -> bool:
        """Whether browsers reach this instance through TLS, so that cookies may be kept to it."""
        return self.public_url is not None and self.public_url.startswith("https://")

    @property
    def mail_folder(self) -> Path:
        """Where e-mails lie as `.eml` files while no SMTP server is configured."""
        return self.instance / "mail"

    @property
    def temporary_folder(self) -> Path:
        """A private folder for what must be a file for a moment: nobody else on the machine may read it."""
        return self.instance / "tmp"

    @property
    def translations_folder(self) -> Path:
        """Where translations are compiled to."""
        return self.instance / "translations"

    def make_folders(self) -> None:
        """Make the instance's folders, closed to others (mode 0700); those that exist are left as they are."""
        for folder in (self.instance, self.files_folder, self.temporary_folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def field_keys(self) -> tuple[Mapping[str, bytes], str]:
        """The keys that personal fields are sealed with, by name, and the name of the last one, which is in use.

        A line a key in `fields.key`, `name hexadecimal`: to rotate, add a line. The first is made on the first call.
        """
        made = _kept_once(self.instance, "fields.key", f"k1 {secrets.token_hex(32)}")
        keys = {name: bytes.fromhex(key) for name, _space, key in (line.partition(" ") for line in made.splitlines())}
        return keys, list(keys)[-1]

    def secret_key(self) -> str:
        """The key that signs cookies: made on the first call, then read; a file of mode 0600 in the instance folder."""
        return _kept_once(self.instance, "secret.key", secrets.token_hex(32))


def _kept_once(folder: Path, name: str, content: str) -> str:
    """What the key file of this name holds; made with `content` where it is not there yet."""
    path = folder / name
    try:
        return _read_key(path)
    except FileNotFoundError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written whole beside its place and then linked to its name: a second process that starts at the same instant
    # reads the first one's key or none, never half of one.
    part = path.with_name(f".{path.stem}-{secrets.token_hex(8)}")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(content)
    try:
        path.hardlink_to(part)
    except FileExistsError:
        return _read_key(path)
    except OSError:
        # A file system without links: exclusive creation is the next best.
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(content)
    finally:
        part.unlink(missing_ok=True)
    return _read_key(path)


def _read_key(path: Path) -> str:
    key = path.read_text("ascii").strip()
    if len(key) < 32 and path.name == "fields.key":
        raise ConfigurationError(
            f"密钥文件 {path} 不完整。电话等个人信息用它加密，请从备份恢复；不要删去它，删去后这些信息再也打不开。"
            f" · The key file {path} is incomplete; restore it. Never delete it: what it sealed could not be opened again."
        )
    if len(key) < 32:
        raise ConfigurationError(
            f"密钥文件 {path} 不完整（少于 32 个字符）。请从备份恢复它；"
            "没有备份时删去它，重新启动会生成新的密钥，所有人需要重新登录。"
            f" · The key file {path} is incomplete; restore it, or delete it and start again."
        )
    return key


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser().resolve() if text else None


def _database_url(text: str | None, instance: Path) -> str:
    if not text:
        return f"sqlite:///{(instance / 'jieli.sqlite3').as_posix()}"
    for scheme in POSTGRES_SCHEMES:
        if text.startswith(scheme):
            return DRIVER + text.removeprefix(scheme)
    if text.startswith((DRIVER, "sqlite:///")):
        return text
    raise ConfigurationError(
        f"DATABASE_URL 以“{text.partition(':')[0]}:”开头，接力不支持这种数据库。"
        "请写成 sqlite:///文件路径 或 postgresql://用户@主机/库名。"
        " · DATABASE_URL must begin with sqlite:/// or postgresql://."
    )


def _files_folder(text: str | None, instance: Path) -> Path:
    if not text:
        return instance / "files"
    parts = urlsplit(text)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path:
        raise ConfigurationError(
            f"STORAGE_URL 以“{parts.scheme or text}”开头，接力目前只把文件存放在本机的文件夹里。"
            "请写成 file:///文件夹路径，或删去这一项。"
            " · STORAGE_URL must be file:///folder; other kinds of storage are not supported."
        )
    return Path(unquote(parts.path)).resolve()


def _smtp_url(text: str | None) -> str | None:
    if text and (urlsplit(text).scheme not in ("smtp", "smtps") or not urlsplit(text).hostname):
        raise ConfigurationError(
            "SMTP_URL 应写成 smtp://用户:密码@主机:587 或 smtps://用户:密码@主机:465。"
            " · SMTP_URL must be smtp://user:password@host:587 or smtps://…:465."
        )
    return text or None


def _public_url(text: str | None) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"JIELI_PUBLIC_URL 的值“{text}”不是网址。请写成 https://主机名。"
            " · JIELI_PUBLIC_URL must be an address such as https://jieli.example.cn."
        )
    return text.rstrip("/")


def _hosts(text: str | None, public_url: str | None) -> tuple[str, ...]:
    named = [host.strip() for host in (text or "").split(",") if host.strip()]
    published = [host] if public_url and (host := urlsplit(public_url).hostname) else []
    return tuple(dict.fromkeys((*LOOPBACK_HOSTS, *published, *named)))


def _upload_limit(text: str | None) -> int:
    if not text:
        return DEFAULT_UPLOAD_LIMIT
    if not text.isascii() or not text.isdigit() or int(text) < MEBIBYTE:
        raise ConfigurationError(
            f"JIELI_UPLOAD_LIMIT 的值“{text}”不能用。请写字节数，至少 {MEBIBYTE}（1 MiB）。"
            f" · JIELI_UPLOAD_LIMIT is a number of bytes, at least {MEBIBYTE}."
        )
    return int(text)


def _font_paths(environ: Mapping[str, str]) -> Mapping[str, Path]:
    chosen = {slot: _path(environ.get(f"JIELI_FONT_{slot.upper()}")) for slot in FONT_SLOTS}
    return MappingProxyType({slot: path for slot, path in chosen.items() if path})
