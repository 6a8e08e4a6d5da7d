"""Plan files: read with their lines, written with their comments, refused in words."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aciwizard import planfile
from aciwizard.core.answers import complete
from aciwizard.core.faults import Faulty
from aciwizard.core.keys import BY_ATTRIBUTE, BY_PATH, KEYS
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.plan import Plan

ID = "01234567-89ab-cdef-0123-456789abcdef"
TEXT = f"""\
# Mine.
[azure]
subscription = "{ID}"  # the one that pays
resource_group = "myrg"

[registry]  # holds the image
name = "myregistry"

[image]
repository = "aci-helloworld"
tag = "v1"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "plan.toml"


def plan_in(file: Path) -> Plan:
    return complete(*planfile.read(file))


def refusal(file: Path, content: str | bytes | None = None) -> str:
    """What is said of a file that makes no plan."""
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(Faulty) as faulty:
        plan_in(file)
    return str(faulty.value)


def given_plan(**answers: object) -> Plan:
    base = {"subscription": ID, "resource_group": "myrg", "registry": "myregistry"}
    base |= {"repository": "aci-helloworld", "tag": "v1"}
    return complete({name: Answer(v, Origin.CHOSEN) for name, v in (base | answers).items()})


def test_a_plan_is_read_with_the_line_of_every_answer(file: Path) -> None:
    file.write_text(TEXT)
    plan = plan_in(file)
    assert plan == given_plan()
    assert [plan.origin(name) for name in ("subscription", "registry", "tag", "vault")] == [
        "file plan.toml:3",
        "file plan.toml:7",
        "file plan.toml:11",
        "default",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[vault]\n\n# a comment\nname = 'a--b'\n", 4),
        ("[vault]\r\n\r\nname = 'a--b'\r\n", 3),
        ("\ufeff[vault]\nname = 'a--b'\n", 2),
        ("# \u2028 \x85 \u2029\n[vault]\nname = 'a--b'\n", 3),
        ("[ vault ]  # here\n  name='a--b'", 2),
        ('["vault"]\n"name" = "a--b"', 2),
        ("\nvault.name = 'a--b'\n", 2),
        ("[image]\nname = 1\n[vault]\nname = 'a--b'\n", 4),
    ],
)
def test_a_fault_names_the_line_it_stands_on(file: Path, text: str, line: int) -> None:
    told = refusal(file, text).split("\n")
    (fault,) = [words for words in told if ": vault.name: " in words]
    assert fault.startswith(f"plan.toml:{line}: vault.name: 'a--b' has two hyphens in a row")
    assert fault.endswith("(or --vault)")


def test_unknown_tables_and_keys_are_told_with_their_lines(file: Path) -> None:
    told = refusal(file, TEXT + "size = 3\n\n[volumes]\nmount = '/data'\n").split("\n")
    assert told == [
        "plan.toml:12: image.size: unknown key; [image] knows repository, tag, import_from",
        "plan.toml:15: volumes.mount: unknown table; tables are [azure], [registry], [image], "
        "[vault], [principal], [container]",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[vault]\npassword = hunter2\n", 2),
        ("[vault]\npassword hunter2\n", 2),
        ('[vault]\npassword "hunter2" = 1\n', 2),
        ('[vault]\npassword = "hunter2\n', 2),
        ("[vault]\npassword = 1hunter2\n", 2),
        ("[vault\npassword = 'hunter2'\n", 1),
        ("password = '''hunter2", 1),
        ("[vault]\nname = 'a'\nname = 'hunter2'\n", None),
        ("a = " + "[" * 5000, 1),
        ("a." * 5000 + "a = 1", 1),
    ],
)
def test_what_is_no_toml_is_told_with_its_line_and_without_its_values(
    file: Path, text: str, line: int | None
) -> None:
    told = refusal(file, text)
    place = f"plan.toml:{line}" if line else "plan.toml"
    assert told.startswith(f"{place}: {file}: is not TOML: ")
    assert "hunter2" not in told and len(told) < 400


def test_a_password_is_refused_by_its_name_and_not_shown(file: Path) -> None:
    for text in ("password = 'hunter2'\n" + TEXT, TEXT + "[vault]\nclient_secret = 'hunter2'\n"):
        told = refusal(file, text)
        assert re.match(r"plan\.toml:(1|13): (password|vault\.client_secret): plan files", told)
        assert "never hold secrets" in told and "hunter2" not in told


def test_what_cannot_be_read_is_said_in_one_line(file: Path, tmp_path: Path) -> None:
    assert refusal(file) == f"{file}: cannot be read: No such file or directory"
    assert refusal(tmp_path) == f"{tmp_path}: cannot be read: Is a directory"
    dangling, loop = tmp_path / "dangling.toml", tmp_path / "loop.toml"
    dangling.symlink_to(tmp_path / "gone.toml")
    loop.symlink_to(loop)
    assert refusal(dangling) == f"{dangling}: cannot be read: No such file or directory"
    assert refusal(loop).startswith(f"{loop}: cannot be read: Too many levels")


def test_what_is_no_text_or_no_plan_is_said_in_one_line(file: Path) -> None:
    assert refusal(file, b"\x89PNG\r\n\x1a\n\xff") == f"{file}: is not UTF-8 text"
    large = f"{file}: is larger than 256 KiB: not a plan"
    assert refusal(file, TEXT + "#" * 256 * 1024) == large
    assert refusal(file, "#" + "é" * 256 * 1024) == large  # cut inside a letter
    assert refusal(file, b"\xff" * 1024 * 1024) == large
    assert refusal(Path("/dev/zero")) == "/dev/zero: is larger than 256 KiB: not a plan"
    file.write_text((TEXT + "#" * 256 * 1024)[: 256 * 1024])
    assert plan_in(file) == given_plan()


def test_a_link_to_a_plan_is_a_plan(file: Path, tmp_path: Path) -> None:
    file.write_text(TEXT)
    (tmp_path / "link.toml").symlink_to(file)
    assert plan_in(tmp_path / "link.toml") == given_plan()


def test_the_example_is_a_plan(file: Path) -> None:
    file.write_text(planfile.example())
    plan = plan_in(file)
    assert set(plan.origins) == {key.attribute for key in KEYS if key.required}
    assert plan.registry == "myregistry"


def test_the_example_without_its_comment_marks_answers_everything(file: Path) -> None:
    file.write_text(re.sub(r"^# (?=\w+ = )", "", planfile.example(), flags=re.MULTILINE))
    answers, faults = planfile.read(file)
    assert faults == [] and set(answers) == set(BY_ATTRIBUTE)
    plan = complete(answers)
    assert (plan.cpu, plan.ports, plan.command) == (1.0, (80,), ("node", "index.js"))


def test_the_example_explains_every_key_under_its_table() -> None:
    table, lines = "", {}
    for line in planfile.example().splitlines():
        table = line.strip("[]") if line.startswith("[") else table
        if match := re.match(r"(?:# )?(\w+) = ", line):
            lines[f"{table}.{match[1]}"] = line
    assert set(lines) == set(BY_PATH)
    for path, line in lines.items():
        assert BY_PATH[path].words in line and f"({BY_PATH[path].flag})" in line


def test_a_written_plan_has_what_was_answered_and_no_default(file: Path) -> None:
    planfile.write(file, given_plan(ports=[80, 443], secure_environment={"KEY": {"env": "X"}}))
    text = file.read_text()
    assert "dns_label" not in text and "[vault]" not in text and "cpu" not in text
    assert 'secure_environment = {KEY = {env = "X"}}' in text
    assert plan_in(file) == given_plan(ports=[80, 443], secure_environment={"KEY": {"env": "X"}})


def test_writing_keeps_comments_and_what_was_not_asked(file: Path) -> None:
    file.write_text(TEXT + "\n[container]\ncpu = 2.0  # cores\n")
    planfile.write(file, given_plan(tag="v2", container="mine"))
    text = file.read_text()
    changed = TEXT.replace('tag = "v1"', 'tag = "v2"')
    assert text == f'{changed}\n[container]\ncpu = 2.0  # cores\nname = "mine"\n'
    planfile.write(file, given_plan(tag="v2", container="mine"))
    assert file.read_text() == text


def test_a_written_plan_is_its_owners_alone(file: Path) -> None:
    before = os.umask(0)
    try:
        planfile.write(file, given_plan())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.chmod(0o644)
        planfile.write(file, given_plan())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_a_plan_that_cannot_be_written_leaves_the_file_as_it_was(file: Path) -> None:
    file.write_text(TEXT)
    with pytest.raises(UnicodeEncodeError):
        planfile.write(file, given_plan(environment={"GREETING": "\udcff"}))
    assert file.read_text() == TEXT


def test_a_shorter_plan_leaves_nothing_of_a_longer_one(file: Path) -> None:
    planfile.write(file, given_plan(repository="a" * 200))
    planfile.write(file, given_plan(repository="a"))
    assert plan_in(file) == given_plan(repository="a")


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
variables = st.from_regex(r"[A-Z_]{1,6}", fullmatch=True).filter(lambda n: "PWD" not in n)
sources = st.one_of(
    st.builds(lambda name: {"env": name}, words.filter(bool)),
    st.builds(lambda name: {"file": name}, words.filter(bool)),
    st.just({"prompt": True}),
)
answered = st.fixed_dictionaries(
    {},
    optional={
        "location": st.sampled_from(["eastus", "West Europe"]),
        "cloud": st.sampled_from(["AzureCloud", "azureusgovernment"]),
        "tag": st.sampled_from(["latest", "sha256:" + "a" * 64]),
        "principal": st.from_regex(r"[ -~é中\"'\\]{1,20}", fullmatch=True),
        "lifetime_days": st.integers(1, 730),
        "cpu": st.floats(0.1, 32),
        "memory": st.integers(1, 256),
        "ports": st.lists(st.integers(1, 1000).filter(lambda n: n != 22), max_size=5),
        "command": st.lists(words, max_size=4),
        "environment": st.dictionaries(variables, words, max_size=4),
        "secure_environment": st.dictionaries(variables, sources, max_size=4),
        "dns_label": st.sampled_from(["", "aci-demo"]),
    },
)


@given(answered)
def test_what_is_written_is_read_again(answers: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, plan = Path(folder, "plan.toml"), given_plan(**answers)
        planfile.write(file, plan)
        assert plan_in(file) == plan
        assert set(plan_in(file).origins) == set(plan.origins)


lines = st.sampled_from(
    ["[azure]", "[[azure]]", "azure = 1", "[image", 'tag = "v1"', "tag = [", "'''", '"""', "\0"]
)


@given(st.lists(lines | words, max_size=6).map("\n".join).map(str.encode) | st.binary(max_size=40))
def test_any_file_is_a_plan_or_faulty(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "plan.toml")
        assert refusal(file, content)


@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, 9), st.binary(max_size=4))))
def test_a_plan_with_bytes_changed_is_a_plan_or_faulty(
    changes: list[tuple[int, int, bytes]],
) -> None:
    raw = TEXT.encode()
    for at, length, instead in changes:
        raw = raw[:at] + instead + raw[at + length :]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "plan.toml")
        file.write_bytes(raw)
        with contextlib.suppress(Faulty):
            assert plan_in(file).subscription
