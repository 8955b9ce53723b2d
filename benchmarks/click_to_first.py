"""From the click on Run to the first result that a person can see, on both pairs.

Without a browser: the click, the page it leads to, and then its polls just when htmx would send them. With one
(Chromium, where it is installed): the moment when the first ended row stands in the page, until the whole report does.
"""

from __future__ import annotations

import re
import shutil
import time
from typing import Any

from benchmarks.measuring import Figure, median, show
from benchmarks.product import Product, pairs, product

CLICKS, CLICKS_IN_BROWSER = 6, 4
PRACTICE = "Practice: a country that is not served"
_ENDED = re.compile(r'class="check check-(?!waiting|running)')
_TRIGGER = re.compile(r'hx-get="([^"]+)" hx-trigger="([^"]+)"')
_PAUSES = re.compile(r"load delay:(\d+)ms, every (\d+)ms")
_WATCH = """
if (document.readyState === 'loading' && sessionStorage.clicked) {
  const look = () => {
    const now = Date.now() - Number(sessionStorage.clicked);
    if (!sessionStorage.first && document.querySelector('.check:not(.check-waiting):not(.check-running)')) sessionStorage.first = now;
    if (!sessionStorage.report && document.querySelector('.verdict')) sessionStorage.report = now;
    if (!sessionStorage.report) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
addEventListener('submit', () => { sessionStorage.clear(); sessionStorage.clicked = Date.now(); }, true);
"""


def main() -> None:
    """Print the figures."""
    for pair in pairs():
        with product(pair) as it:
            environment = it.environments[PRACTICE]
            _, cold, _ = _click(it, environment)
            clicks = [_click(it, environment) for _ in range(CLICKS)]
            figures = [
                Figure("the click is answered by the run's page", median([page for page, _, _ in clicks]), "ms"),
                Figure("first result in the page", median([first for _, first, _ in clicks]), "ms", 500),
                Figure("the same for the first run after a start", cold, "ms", 500),
                Figure("whole report in the page", median([report for _, _, report in clicks]), "ms"),
            ]
            show(f"Click to first result ({pair})", figures)
            show(f"The same in a real browser ({pair})", _in_browser(it, environment))


def _click(it: Product, environment: str) -> tuple[float, float, float]:
    """Milliseconds from the click until the page, its first ended row, and its report are there."""
    began = time.monotonic()
    page = it.client.get(it.post(f"{environment}run/").headers["location"]).text
    answered = arrived = time.monotonic()
    first = arrived if _ENDED.search(page) else None
    while (found := _TRIGGER.search(page)) is not None:
        address, trigger = found.groups()
        page, arrived = _polled(it, address.replace("&amp;", "&"), trigger, arrived)
        first = first or (arrived if _ENDED.search(page) else None)
    assert first is not None, "no result came"
    return tuple((moment - began) * 1000 for moment in (answered, first, arrived))  # type: ignore[return-value]


def _polled(it: Product, address: str, trigger: str, loaded: float) -> tuple[str, float]:
    """The next answer with something new, asked for when htmx would after an element was loaded, and when it came."""
    found = _PAUSES.fullmatch(trigger)
    assert found, trigger
    early, every = (int(pause) / 1000 for pause in found.groups())
    for pause in (early, *(every * number for number in range(1, 40))):
        time.sleep(max(0.0, loaded + pause - time.monotonic()))
        answer = it.client.get(address, headers={"hx-request": "true"})
        if answer.status_code != 204:
            return answer.text, time.monotonic()
    raise TimeoutError(f"{address} told nothing new")


def _in_browser(it: Product, environment: str) -> list[Figure]:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("Chromium is not installed: left out.")
        return []
    from playwright.sync_api import sync_playwright

    seen: list[Any] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(base_url=str(it.client.base_url))
        context.add_cookies(
            [
                {"name": one.name, "value": one.value or "", "url": str(it.client.base_url)}
                for one in it.client.cookies.jar
            ]
        )
        context.add_init_script(_WATCH)
        page = context.new_page()
        for _ in range(1 + CLICKS_IN_BROWSER):
            page.goto(environment)
            page.locator(f'form[action="{environment}run/"] button').first.click()
            page.locator(".verdict").wait_for(timeout=20_000)
            page.wait_for_timeout(100)
            seen.append(page.evaluate("[Number(sessionStorage.first), Number(sessionStorage.report)]"))
        browser.close()
    first, report = (median([float(pair[number]) for pair in seen[1:]]) for number in (0, 1))
    return [Figure("first result visible", first, "ms", 1000), Figure("whole report visible", report, "ms")]


if __name__ == "__main__":
    main()
