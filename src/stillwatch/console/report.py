"""The report: one HTML page that holds everything it shows, opens offline and runs no script.

Its Content-Security-Policy forbids every fetch, so that a hostile string that slipped through could reach nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stillwatch.console.page import environment, write_page
from stillwatch.console.scene import Scene, set_scene
from stillwatch.console.story import STATUSES, Story, in_order, tell
from stillwatch.findings import Campaign

__all__ = ["DETAILED", "LISTED", "write_report"]

# Campaigns told in full (alerts and reviews only): three charts each, some 0.2 s and 40 kB.
DETAILED = 40
# Campaigns in the overview table; the rest are counted there and stand in campaigns.json.
LISTED = 500


def write_report(path: Path, campaigns: Sequence[Campaign], scan: Mapping[str, Any]) -> None:
    """Write the page to `path`, whole or not at all. `scan` is scan.json's content; every key of it is optional.

    Raises StillwatchError where the file cannot be written.
    """
    write_page(path, _page(in_order(campaigns), set_scene(scan)))


def _page(campaigns: Sequence[Campaign], scene: Scene) -> str:
    # Altair takes a third of a second to import; the terminal side of this package must not pay for it.
    from stillwatch.console import charts

    stories = [tell(campaign) for campaign in campaigns[:LISTED]]
    detailed = [story for story in stories if story.status != "declared"][:DETAILED]
    drawings = []
    for place, story in enumerate(detailed, start=1):
        chart = f"chart-{place}"
        drawings.append(
            {
                "story": story,
                "timeline": charts.render(charts.timeline(story.daily, scene.releases), f"{chart}-days")
                if story.daily
                else "",
                "waterfall": charts.render(charts.waterfall(story.steps, story.total), f"{chart}-why")
                if story.steps
                else "",
                "targets": charts.render(charts.targets(story.targets), f"{chart}-skills") if story.targets else "",
            }
        )
    active = _active(detailed)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            scene=scene,
            stories=stories,
            detailed=drawings,
            detailed_ids={story.id for story in detailed},
            unlisted=max(0, len(campaigns) - LISTED),
            number={status: sum(c.status == status for c in campaigns) for status in STATUSES},
            statuses=STATUSES,
            accounts=sum(c.accounts for c in campaigns if c.status == "alert"),
            reliability=charts.render(charts.reliability(scene.reliability), "chart-reliability")
            if scene.reliability
            else "",
            activity=charts.render(charts.activity(active), "chart-activity") if len(active) > 1 else "",
        )
    )


def _active(stories: Sequence[Story]) -> list[dict[str, Any]]:
    return [
        {"campaign": story.id, "status": story.status, "day": day, "share": exchanges / max(1, busiest)}
        for story in stories
        for busiest in [max((n for _, n in story.daily), default=0)]
        for day, exchanges in story.daily
    ]
