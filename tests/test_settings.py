"""A person's settings file: read, absent, wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from aciwizard.core.faults import Faulty
from aciwizard.settings import Settings, read


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert read(tmp_path / "none.toml") == Settings()


def test_what_a_person_set(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('theme = "light"\nmouse = false\n[keys]\n"question.explain" = "f2,ctrl+e"\n')
    assert read(path) == Settings("light", False, {"question.explain": "f2,ctrl+e"})


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('theme = "pink"\nmouse = "no"\nkeys = 3\nsize = 1\n')
    with pytest.raises(Faulty) as faulty:
        read(path)
    words = str(faulty.value)
    for name in ("theme", "mouse", "keys", "size"):
        assert name in words


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe", b"[keys"])
def test_a_file_that_is_no_settings_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(Faulty, match=r"settings\.toml"):
        read(path)
