"""Archives from strangers: what is in them comes out, and nothing else happens. All of them are made here."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from covidcurate import archives
from covidcurate.archives import unpack
from covidcurate.errors import UnreadableError

NAME = "Planteroth"


def make_tar(path: Path, *members: tarfile.TarInfo, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for member in members:
            member.size = 1 if member.isfile() else 0
            tar.addfile(member, io.BytesIO(b"x"))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def make_zip(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"])
def test_tars_come_out(ending: str, tmp_path: Path) -> None:
    mode = {".tar": "w", ".tar.bz2": "w:bz2", ".tar.xz": "w:xz"}.get(ending, "w:gz")
    path = make_tar(tmp_path / f"a{ending}", member("a/b"), member("c"), member("d", tarfile.DIRTYPE), mode=mode)
    assert unpack(path, tmp_path / "out") == 0
    assert (tmp_path / "out" / "a" / "b").read_bytes() == b"x"


@pytest.mark.parametrize("name", ["../x", "/x", "//host/x", "a/../../x", "C:/x", "C:x", "a\\..\\..\\x", "\\\\host\\x"])
@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_names_that_lead_out_are_refused_and_not_repeated(name: str, kind: str, tmp_path: Path) -> None:
    named = name.replace("x", NAME)
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        make_zip(path, **{named: b"x"})
    else:
        make_tar(path, member(named))
    with pytest.raises(UnreadableError, match=r"member 1 .* leads out of the folder") as caught:
        unpack(path, tmp_path / "out")
    assert NAME not in caught.value.message
    assert not list(tmp_path.rglob(f"*{NAME}*"))


def test_links_and_devices_are_not_made(tmp_path: Path) -> None:
    path = make_tar(
        tmp_path / "a.tgz",
        member("link", tarfile.SYMTYPE, "/etc"),
        member("link/file"),
        member("hard", tarfile.LNKTYPE, "link/file"),
        member("pipe", tarfile.FIFOTYPE),
        member("device", tarfile.CHRTYPE),
    )
    assert unpack(path, tmp_path / "out") == 4
    assert [file.relative_to(tmp_path / "out").as_posix() for file in (tmp_path / "out").rglob("*")] == [
        "link",
        "link/file",
    ]
    assert not (tmp_path / "out" / "link").is_symlink()


def test_a_link_in_a_zip_is_not_made(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc")
    assert unpack(tmp_path / "a.zip", tmp_path / "out") == 1
    assert not (tmp_path / "out").exists()


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", a=b"x" * 40)
    data = bytearray(path.read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + place] |= 1
    path.write_bytes(data)
    with pytest.raises(UnreadableError, match="member 1 is encrypted"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_bombs_are_stopped_on_their_way(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ALWAYS_ALLOWED", 1 << 20)
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        make_zip(path, a=bytes(1 << 25))
    else:
        (tmp_path / "zeros").write_bytes(bytes(1 << 25))
        with tarfile.open(path, "w:gz") as tar:
            tar.add(tmp_path / "zeros", "zeros")
    with pytest.raises(UnreadableError, match="unpacks to more than"):
        unpack(path, tmp_path / "out")
    assert sum(file.stat().st_size for file in (tmp_path / "out").rglob("*")) < 1 << 24


def test_a_zip_that_lies_about_sizes_is_stopped_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_zip(tmp_path / "a.zip", a=bytes(1 << 22))
    data = bytearray(path.read_bytes())
    for magic, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = data.index(magic) + place
        data[start : start + 4] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    monkeypatch.setattr(archives, "ALWAYS_ALLOWED", 1 << 20)
    with pytest.raises(UnreadableError, match=r"unpacks to more|damaged"):
        unpack(path, tmp_path / "out")


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    with pytest.raises(UnreadableError, match="more than 3 members"):
        unpack(make_tar(tmp_path / "a.tgz", *(member(f"f{number}") for number in range(4))), tmp_path / "out")


def test_a_header_that_asks_for_all_memory_is_refused(tmp_path: Path) -> None:
    info = member("pax", tarfile.XHDTYPE)
    info.size = 1 << 40
    (tmp_path / "a.tar").write_bytes(info.tobuf() + bytes(4096))
    with pytest.raises(UnreadableError, match="damaged"):
        unpack(tmp_path / "a.tar", tmp_path / "out")


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz", "a.tar.xz", "a.tar.bz2"])
def test_damaged_archives(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"no archive at all" * 99)
    with pytest.raises(UnreadableError, match="damaged"):
        unpack(tmp_path / name, tmp_path / "out")


def test_two_members_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="member 2 has a name that is taken"):
        unpack(make_tar(tmp_path / "a.tgz", member("same"), member("same")), tmp_path / "out")
