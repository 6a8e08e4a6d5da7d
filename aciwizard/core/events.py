"""What steps find and what the engine tells: the words between the work and its faces."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from aciwizard.core.problems import Problem


class State(StrEnum):
    """What a step's check found. The values are the words people read."""

    SATISFIED = "there"  # nothing to do
    PROVEN = "proven"  # tried just now, and it holds
    CREATE = "to create"
    CHANGE = "to change"
    REPLACE = "to replace"
    WAITING = "not yet"  # made, but not effective everywhere
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a step's check returns: a state, what is so in words, and why it matters.

    `progress` is anything that changes when there is movement; the wait between checks starts
    over then. `problem` is set for BLOCKED, and for WAITING to tell what is refused so far.
    `provisional` is what could not be looked at yet: it is looked at again once it can.
    """

    state: State
    words: str
    progress: str = ""
    problem: Problem | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """One thing made in Azure, or begun: enough to find and to undo it, never a secret.

    `id` is what the step finds it by, `detail` what else it takes, `at` when (ISO 8601, UTC).
    """

    step: str
    kind: str  # "resource group", "application", "password", …
    id: str
    detail: str = ""
    at: str = field(default="", compare=False)

    @property
    def label(self) -> str:
        """What it is and what it is called, for people: `vault kv-myregistry-p4sdb`."""
        return f"{self.kind} {self.id.rpartition('/')[2]}".strip()


class Phase(StrEnum):
    """Where a step is. The values are the state words of the rows."""

    CHECKING = "checking"
    PLANNED = "to come"  # looked at, and waiting for what it needs
    WORKING = "working"
    WAITING = "waiting"
    DONE = "done"
    REUSED = "there"
    PROVEN = "proven"
    FAILED = "failed"
    SKIPPED = "skipped"
    STOPPED = "stopped"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class StepEvent:
    """A step entered a phase. `seconds` since it began; `limit` is how many attempts there are."""

    step: str
    title: str
    phase: Phase
    seconds: float
    words: str = ""
    attempt: int = 0
    limit: int = 0
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class MadeEvent:
    """Something was made in Azure."""

    made: Made


@dataclass(frozen=True, slots=True)
class ContainerEvent:
    """Azure reported an event of the container: Pulling, Pulled, Started, Killing, BackOff."""

    name: str
    message: str
    count: int
    at: str


@dataclass(frozen=True, slots=True)
class LogEvent:
    """The last lines of the container's log."""

    text: str


@dataclass(frozen=True, slots=True)
class Proof:
    """That the container answers: its address, state, restarts and the HTTP status it gave."""

    address: str
    state: str
    restarts: int
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a run: the proof, or the problems that stand in the way."""

    proof: Proof | None = None
    problems: tuple[Problem, ...] = field(default=())
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence a person should know that belongs to no step."""

    words: str


Event = StepEvent | MadeEvent | ContainerEvent | LogEvent | Note | Finished
