"""Where no journal can be kept, a deployment says so once, and succeeds all the same."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.conftest import Azure
from tests.headless.test_apply import apply, plan

SAID = "aciwizard resume and undo will not know of it"


def test_a_state_folder_below_a_file(
    azure: Azure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file" / "state"))
    code, out, rows = apply(azure, plan(azure))
    assert (code, out.startswith("http://")) == (0, True)
    assert rows.count(SAID) == 1
    assert (tmp_path / "file").read_text() == "mine"


def test_a_full_disk(azure: Azure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "fsync", full)
    code, out, rows = apply(azure, plan(azure))
    assert (code, out.startswith("http://")) == (0, True)
    assert rows.count(SAID) == 1
    assert list((tmp_path / "aciwizard" / "deployments").glob("*.json")) == []
