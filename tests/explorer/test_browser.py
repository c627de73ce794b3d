"""The page in a real browser: sliders moved, numbers read back and compared with Python, keyboard."""

from __future__ import annotations

import importlib.util
import json
import math
import time
from pathlib import Path

import pytest

import gantheory as gt
from gantheory.objectives import parse

_SPEC = importlib.util.spec_from_file_location("gantheory_test_browser", Path(__file__).parent / "browser.py")
browser = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(browser)

pytestmark = [
    pytest.mark.skipif(browser.find() is None, reason="chromium and chromedriver are not installed"),
    pytest.mark.skipif(importlib.util.find_spec("selenium") is None, reason="selenium is not installed"),
]


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explorer")
    path = folder / "explore.html"
    path.write_text(gt.explorer.page(["hinge", 'fgan("kl")', "lkgan(3)"]), encoding="utf-8")
    made = browser.start(folder / "profile", 1440, 900)
    try:
        browser.screen(made, 1440, 900)
        made.get(path.as_uri())
        yield made
    finally:
        made.quit()


def act(driver, script: str, *values):
    """Run a script in the page and wait until it has drawn what came of it."""
    before = driver.execute_script("return Number(document.body.dataset.drawn || 0)")
    result = driver.execute_script(script, *values)
    settle(driver, before)
    return result


def settle(driver, before: int) -> None:
    deadline = time.monotonic() + 20
    while driver.execute_script("return Number(document.body.dataset.drawn || 0)") <= before:
        assert time.monotonic() < deadline, "the page does not draw"
        time.sleep(0.02)


MOVE = """
const slider = document.getElementById(arguments[0]);
slider.value = arguments[1];
slider.dispatchEvent(new Event("input", {bubbles: true}));
"""
WRITE = """
for (const [id, text] of Object.entries(arguments[0])) {
  const field = document.getElementById(id);
  field.value = text;
  field.dispatchEvent(new Event("input", {bubbles: true}));
}
"""
CHOOSE = """
const list = document.getElementById(arguments[0]);
list.value = [...list.options].find((o) => o.value === arguments[1] || o.textContent === arguments[1]).value;
list.dispatchEvent(new Event("change", {bubbles: true}));
"""


def readings(driver) -> dict[str, float]:
    """The numbers beside the pictures, with all their digits."""
    cells = driver.execute_script(
        "return [...document.querySelectorAll('#readouts td')].map((c) => [c.dataset.id, c.dataset.value])"
    )
    return {name: float(value.replace("Infinity", "inf")) for name, value in cells}


def compare(found: dict[str, float], theory, u: float, digits: float = 1e-9) -> None:
    t = math.log(u)
    score = theory.score_at_log_ratio(t)
    assert found["D"] == pytest.approx(float(theory.discriminator_at_log_ratio(t)), rel=digits)
    for name, kind in (("f", "equilibrium"), ("h", "flow")):
        expected = float(theory.generating_function(kind).of_log(t))
        assert found[name] == pytest.approx(expected, rel=digits, abs=digits), name
    assert found["saturation"] == pytest.approx(float(theory.saturation_of_score(score)), rel=digits)
    assert found["ideal"] == pytest.approx(float(theory.ideal_loss), rel=digits)


def test_a_moved_slider_shows_pythons_numbers(driver):
    act(driver, CHOOSE, "family", "alpha")
    act(driver, MOVE, "alpha_D", 40)  # 10^0.4
    act(driver, MOVE, "alpha_G", 104)  # the last stop
    act(driver, WRITE, {"u-text": "3"})
    assert driver.execute_script("return document.getElementById('alpha_D-text').value") == "2.51"
    assert driver.execute_script("return document.getElementById('alpha_G-text').value") == "∞"
    compare(readings(driver), gt.derive(gt.objectives.alpha_gan(2.51, math.inf)), 3.0)
    act(driver, WRITE, {"alpha_D-text": "1/3", "alpha_G-text": "0.7"})
    act(driver, "document.querySelector('[name=saturating][value=no]').click()")
    third = gt.objectives.alpha_gan(1 / 3, 0.7, saturating=False)
    compare(readings(driver), gt.derive(third), 3.0)
    words = driver.execute_script("return document.getElementById('words').textContent")
    assert "explodes" in words and "strictly convex" in words  # |s| = alpha_D (1 - D) D^c with c < 0


def test_labels_and_listed_objectives(driver):
    act(driver, CHOOSE, "family", "labels")
    act(driver, WRITE, {"a-text": "-1", "c-text": "0.5", "u-text": "0.25"})
    act(driver, "document.getElementById('real_term').click()")
    compare(readings(driver), gt.derive(gt.objectives.lsgan(-1, 1, 0.5, real_term=True)), 0.25)
    act(driver, CHOOSE, "family", "listed")
    for spec in ("lkgan(3)", "hinge"):
        name = gt.objectives.from_spec(spec).name
        act(driver, CHOOSE, "listed", name)
        found, theory = readings(driver), gt.derive(gt.objectives.from_spec(spec))
        compare(found, theory, 0.25)
    assert "2 TV" in driver.execute_script("return document.getElementById('words').textContent")


def test_a_loss_of_ones_own(driver):
    act(driver, CHOOSE, "family", "own")
    texts = {"real": "-exp(-v)", "fake": "-exp(v)/2", "generator": "exp(-v/3)"}
    extra = {"generator_real": "0", "link": "v", "domain": "-inf, inf", "u-text": "1.7"}
    act(driver, WRITE, {**texts, **extra})
    deadline = time.monotonic() + 10
    theory = gt.derive(parse(**texts))
    wanted = float(theory.discriminator_at_log_ratio(math.log(1.7)))
    while abs(readings(driver)["D"] - wanted) > 1e-6 and time.monotonic() < deadline:
        time.sleep(0.1)  # typing is waited for a quarter of a second
    compare(readings(driver), theory, 1.7, 1e-8)
    act(driver, CHOOSE, "family", "own")
    last = readings(driver)
    driver.execute_script(WRITE, {"real": "alert(document)"})
    time.sleep(0.6)
    message = driver.execute_script("return document.getElementById('own-error').textContent")
    assert "alert is not allowed" in message
    assert readings(driver) == last
    driver.execute_script(WRITE, {"real": "<img src=x onerror=alert(1)>"})
    time.sleep(0.6)
    assert driver.execute_script("return document.images.length") == 0
    act(driver, WRITE, {"real": texts["real"]})


def test_everything_is_reached_and_moved_by_keyboard(driver):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    act(driver, CHOOSE, "family", "alpha")
    act(driver, WRITE, {"alpha_D-text": "1"})
    slider = driver.find_element(By.ID, "alpha_D")
    before = driver.execute_script("return Number(document.body.dataset.drawn)")
    slider.send_keys(Keys.ARROW_RIGHT)
    settle(driver, before)
    assert driver.execute_script("return document.getElementById('alpha_D-text').value") == "1.02"
    assert slider.get_attribute("aria-valuetext") == "1.02"
    driver.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
    body = driver.find_element(By.TAG_NAME, "body")
    seen = []
    for _ in range(22):
        (driver.switch_to.active_element if seen else body).send_keys(Keys.TAB)
        focused = driver.execute_script(
            "const e = document.activeElement, s = getComputedStyle(e), l = e.closest('label');"
            "const o = l && e.type === 'radio' ? getComputedStyle(l) : s;"
            "return [e.id || e.name, o.outlineStyle]"
        )
        seen.append(focused)
    names = {name for name, _ in seen}
    assert {"theme", "family", "alpha_D", "alpha_G", "saturating", "u", "play", "speed", "numbers"} <= names
    assert all(style != "none" for name, style in seen if name in {"alpha_D", "family", "u", "play", "theme"})
    unlabelled = driver.execute_script(
        "return [...document.querySelectorAll('input, select, button')].filter((e) => !(e.labels?.length"
        " || e.ariaLabel || e.textContent.trim())).map((e) => e.id)"
    )
    assert unlabelled == []


def test_the_density_moves_and_d_h_falls(driver):
    act(driver, CHOOSE, "family", "alpha")
    act(driver, "document.getElementById('reset').click();" + WRITE, {"u-text": "2"})
    clock = "const c = document.getElementById('clock').dataset;"
    clock += "return [c.time, c.divergence, c.variation].map(Number)"
    first = driver.execute_script(clock)
    deadline = time.monotonic() + 10
    last = first
    while last[0] < first[0] + 0.1 and time.monotonic() < deadline:
        time.sleep(0.1)
        last = driver.execute_script(clock)
    assert last[0] > first[0] and last[1] < first[1] and last[2] < first[2]


@pytest.mark.slow_cases("768-1024")
@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024), (1440, 900)])
def test_no_sideways_scrolling_and_room_for_every_picture(driver, width, height):
    browser.screen(driver, width, height, mobile=width < 700)
    driver.execute_script("window.scrollTo(0, 0)")
    time.sleep(0.2)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    sizes = driver.execute_script(
        "return [...document.querySelectorAll('figure canvas:not(.short)')]"
        ".map((c) => [c.clientWidth, c.clientHeight])"
    )
    assert all(w > 200 and h > 120 for w, h in sizes), sizes
    browser.screen(driver, 1440, 900)


def test_light_and_dark(driver):
    color = "return getComputedStyle(document.body).backgroundColor"
    browser.media(driver, prefers_color_scheme="dark")
    dark = driver.execute_script(color)
    browser.media(driver, prefers_color_scheme="light")
    light = driver.execute_script(color)
    assert dark != light
    act(driver, "document.getElementById('theme').click()")
    assert driver.execute_script(color) == dark
    act(driver, "document.getElementById('theme').click()")
    assert driver.execute_script(color) == light


def test_reduced_motion_is_respected(driver):
    browser.media(driver, prefers_reduced_motion="reduce")
    driver.refresh()
    settle(driver, 0)
    time.sleep(0.5)
    assert float(driver.execute_script("return document.getElementById('clock').dataset.time")) == 0
    assert driver.execute_script("return document.getElementById('play').textContent") == "Play"
    browser.media(driver)


def test_no_error_on_the_console_no_request_and_a_picture(driver, tmp_path):
    """The last test: the logs hold what all tests above did."""
    assert driver.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = {e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"}
    assert any(url.startswith("file:") for url in asked), "the log has the page itself"
    assert [url for url in asked if not url.startswith(("file:", "data:", "chrome:"))] == []
    assert driver.save_screenshot(str(tmp_path / "explorer.png"))
    assert (tmp_path / "explorer.png").stat().st_size > 30_000
