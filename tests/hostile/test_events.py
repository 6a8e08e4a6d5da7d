"""What happens in a deployment, told in hostile words, on the screen that shows it live."""

from __future__ import annotations

from aciwizard.core.events import ContainerEvent, Event, Finished, LogEvent, Phase, Proof, StepEvent
from aciwizard.core.problems import Problem
from aciwizard.steps.graph import STEPS
from aciwizard.tui.screens.deployment import DeploymentScreen
from aciwizard.tui.screens.result import Outcome, Result
from tests.conftest import Azure
from tests.hostile.conftest import Open
from tests.hostile.words import WORDS


async def test_as_it_happens(azure: Azure, opened: Open) -> None:
    first = STEPS[0]
    async with opened((80, 30)) as wizard:
        await wizard.at("sign_in")
        screen = DeploymentScreen(STEPS, azure.clock, True)
        await wizard.app.push_screen(screen)
        await wizard.at("deployment")
        for words in WORDS.values():
            events: list[Event] = [
                *(StepEvent(first.name, first.title, phase, 1.0, words, 1, 2) for phase in Phase),
                StepEvent(first.name, first.title, Phase.WAITING, 1.0, words, 1, 2),
                ContainerEvent(words, words, 1, words),
                LogEvent(f"first {words}\n{words}\nlast"),
            ]
            for event in events:
                screen.show(event)
            await wizard.handled()
            await wizard.seen("last")


async def test_how_it_ended(opened: Open) -> None:
    async with opened((80, 30)) as wizard:
        await wizard.at("sign_in")
        for words in WORDS.values():
            problem = Problem(words, words, f"{words}\n{words}")
            proof = Proof(f"http://{words}/", "Running", 0, 200, 1.0)
            for finished in (Finished(problems=(problem,)), Finished(proof)):
                outcome = Outcome(finished, (), "2027-03-02", (words,))
                screen = Result(outcome, True)
                await wizard.app.push_screen(screen)
                await wizard.until(lambda screen=screen: wizard.app.screen is screen, "the result")  # type: ignore[misc]
                await wizard.seen("answer")
