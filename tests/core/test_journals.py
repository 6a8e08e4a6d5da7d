"""The journals of a machine: what is not ours or not whole is told, left alone, never followed."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aciwizard.core.answers import complete
from aciwizard.core.events import Finished, Made
from aciwizard.core.files import LARGEST, Folder
from aciwizard.core.journal import FORMAT, Course, Record, decoded, encoded
from aciwizard.core.journals import Broken, Journals, lock_name
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.plan import Plan
from aciwizard.core.problems import Problem

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
VAULT = Made("vault", "vault", "/vaults/one")
ROOT = Path(__file__).parents[2]


def plan(**more: object) -> Plan:
    answers = {
        "subscription": "01234567-89ab-cdef-0123-456789abcdef",
        "resource_group": "myrg",
        "registry": "myregistry",
        "repository": "app",
        "tag": "v1",
        **more,
    }
    return complete({name: Answer(value, Origin.CHOSEN) for name, value in answers.items()})


def record(id: str = "20260302-093000-aaaa", **more: object) -> Record:
    return Record(id, plan(**more), NOW, NOW, made=(VAULT,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "deployments"


@pytest.fixture
def journals(folder: Path) -> Journals:
    return Journals(Folder(folder), lambda: NOW)


@pytest.fixture(autouse=True)
def any_mask() -> Iterator[None]:
    """What is made is for its owner only, whatever new files are for otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def put(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / name).write_text(text)
    return folder / name


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# -- what is written ------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [0, 0o022, 0o077])
def test_everything_is_for_its_owner_only(folder: Path, journals: Journals, mask: int) -> None:
    os.umask(mask)
    with journals.begin(plan()) as journal:
        journal.begin(VAULT)
        journal.done(VAULT)
    assert journal.trouble == ""
    assert mode(folder) == 0o700
    assert {mode(path) & 0o077 for path in folder.iterdir()} == {0}
    assert len(list(folder.iterdir())) == 2  # the journal and its lock, and nothing half written


def test_a_folder_that_others_may_read_is_closed(folder: Path, journals: Journals) -> None:
    folder.mkdir(parents=True, mode=0o777)
    with journals.begin(plan()):
        assert mode(folder) == 0o700


def test_every_change_is_on_the_disk_before_it_counts(folder: Path, journals: Journals) -> None:
    with journals.begin(plan()) as journal:
        file = folder / f"{journal.id}.json"
        journal.begin(VAULT)
        assert decoded(file.read_text()).begun == (VAULT,)
        journal.done(VAULT)
        assert decoded(file.read_text()).made == (VAULT,)
        journal.finish(Finished(stopped=True))
        assert decoded(file.read_text()).course is Course.STOPPED


# -- what is there and is no journal of ours ---------------------------------------------------

FOREIGN = {
    "torn": encoded(record())[:-200],
    "empty": "",
    "foreign": "my notes\n",
    "newer": json.dumps({"format": FORMAT + 1}),
    "of another id": encoded(record("20260101-000000-bbbb")),
    "no UTF-8": "\udcff",
    "huge": " " * (LARGEST + 1),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_no_journal_is_told_and_left_alone(
    folder: Path, journals: Journals, kind: str
) -> None:
    folder.mkdir(parents=True)
    file = folder / "20260302-093000-aaaa.json"
    file.write_bytes(FOREIGN[kind].encode(errors="surrogateescape"))
    before = file.read_bytes()
    (found,) = journals.all()
    assert isinstance(found, Broken) and found.id == "20260302-093000-aaaa" and found.why
    assert journals.interrupted() == []
    with pytest.raises(Problem) as refused:
        journals.find(found.id, lambda _: True)
    assert refused.value.code == "JournalUnreadable"
    with journals.begin(plan()) as journal:
        assert journal.id != found.id
    assert file.read_bytes() == before


@pytest.mark.parametrize("kind", ["link", "broken link", "folder", "pipe", "device"])
def test_what_is_no_file_is_not_followed(
    folder: Path, journals: Journals, kind: str, tmp_path: Path
) -> None:
    elsewhere = put(tmp_path / "elsewhere", "mine.json", encoded(record()))
    folder.mkdir(parents=True)
    file = folder / "20260302-093000-aaaa.json"
    match kind:
        case "link":
            file.symlink_to(elsewhere)
        case "broken link":
            file.symlink_to(tmp_path / "nowhere")
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "device":
            file.symlink_to("/dev/zero")
    before = elsewhere.read_text()
    (found,) = journals.all()
    assert isinstance(found, Broken)
    with journals.begin(plan(), record()) as journal:  # of just this id
        journal.begin(VAULT)
    assert elsewhere.read_text() == before
    assert not (tmp_path / "nowhere").exists()
    if kind == "folder":
        assert "cannot be written" in journal.trouble and file.is_dir()
    else:
        assert not file.is_symlink() and decoded(file.read_text()).begun == (VAULT,)


def test_a_folder_that_is_a_link_is_not_followed(
    folder: Path, journals: Journals, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.parent.mkdir()
    folder.symlink_to(elsewhere)
    with journals.begin(plan()) as journal:
        journal.begin(VAULT)
    assert "cannot be written" in journal.trouble
    assert list(elsewhere.iterdir()) == []
    with pytest.raises(Problem):
        journals.all()


@pytest.mark.parametrize("id", ["../elsewhere/mine", "/etc/passwd", "", ".", "a\0b", "x" * 5000])
def test_an_id_is_no_path(journals: Journals, tmp_path: Path, folder: Path, id: str) -> None:
    put(folder.parent / "elsewhere", "mine.json", encoded(record()))
    put(folder, "one.json", encoded(record("one")))
    with pytest.raises(Problem) as refused:
        journals.find(id, lambda _: True)
    assert refused.value.code == "JournalNotFound"


def test_nothing_was_ever_begun(journals: Journals) -> None:
    assert journals.all() == [] == journals.interrupted()
    for id in (None, "one"):
        with pytest.raises(Problem):
            journals.find(id, lambda _: True)


# -- going on ---------------------------------------------------------------------------------


def test_an_interrupted_one_is_gone_on_with_by_itself(folder: Path, journals: Journals) -> None:
    put(folder, "20260302-093000-aaaa.json", encoded(record()))
    with journals.begin(plan()) as journal:
        assert (journal.id, journal.made) == ("20260302-093000-aaaa", [VAULT])
    with journals.begin(plan(container="other")) as journal:
        assert journal.id != "20260302-093000-aaaa"


@pytest.mark.parametrize("jump", [timedelta(days=-4000), timedelta(days=4000)])
def test_a_clock_that_jumps(folder: Path, jump: timedelta) -> None:
    with Journals(Folder(folder), lambda: NOW).begin(plan()) as journal:
        journal.done(VAULT)
        first = journal.id
    later = Journals(Folder(folder), lambda: NOW + jump)
    assert [one.id for one in later.interrupted()] == [first]
    with later.begin(plan()) as again:
        assert (again.id, again.made) == (first, [VAULT])
        again.finish(Finished(stopped=True))
    assert later.find(None, lambda _: True).course is Course.STOPPED


# -- two at once ------------------------------------------------------------------------------

HOLDER = """
import sys
from pathlib import Path
from aciwizard.core.files import Folder
with Folder(Path(sys.argv[1])).lock(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_at_it_is_named_and_when_it_is_killed_it_is_not_at_it(
    folder: Path, journals: Journals
) -> None:
    put(folder, "20260302-093000-aaaa.json", encoded(record()))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), lock_name(plan())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        assert journals.busy(plan()) and journals.interrupted() == []
        with pytest.raises(Problem) as refused, journals.begin(plan(tag="v2", container="more")):
            pass
        assert refused.value.code == "DeploymentInUse"
        assert str(other.pid) in refused.value.raw
        with journals.begin(plan(vault="another-vault")):  # shares nothing with it
            pass
        other.kill()
        other.wait()
    assert not journals.busy(plan())
    with journals.begin(plan()) as journal:
        assert journal.id == "20260302-093000-aaaa"


# -- nothing can be written ---------------------------------------------------------------------


def test_a_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    journals = Journals(Folder(tmp_path / "file" / "deployments"), lambda: NOW)
    with journals.begin(plan()) as journal:
        journal.begin(VAULT)
        journal.done(VAULT)
    assert "cannot be written (Not a directory)" in journal.trouble
    assert journal.made == [VAULT]
    with pytest.raises(Problem) as refused:
        journals.all()
    assert refused.value.code == "StateFolder"


def test_a_disk_that_fills_up_leaves_what_was_there(
    folder: Path, journals: Journals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with journals.begin(plan()) as journal:
        journal.begin(VAULT)
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            journal.done(VAULT)
        assert "No space left on device" in journal.trouble
        assert decoded((folder / f"{journal.id}.json").read_text()).begun == (VAULT,)
        assert len(list(folder.iterdir())) == 2
