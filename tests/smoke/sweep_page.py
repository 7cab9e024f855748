"""What a reader does with a sweep's page, done in Chromium: sweep_page.py WHOLE ELSEWHERE GAPS SINGLE HOSTILE."""
import os, sys

from browser import Browser

browser = Browser()
whole, elsewhere, gaps, single, hostile = sys.argv[1:6]


def text(selector):
    return browser.value(f"(document.querySelector({selector!r}) || {{}}).textContent")


def texts(selector):
    return browser.value(f"[...document.querySelectorAll({selector!r})].map((e) => e.textContent)")


def check(holds, what):
    assert holds, what


def opened(path):
    browser.open(path)
    browser.wait("document.documentElement && document.documentElement.dataset.drawn", f"{path} to be drawn")
    check(browser.value("document.getElementById('failure').hidden"), f"no failure, got {text('#failure')}")
    print(f"{path}: {os.path.getsize(path) / 1e6:.2f} MB, everything after {browser.value('document.documentElement.dataset.drawn')} ms")


def clean():
    check(browser.errors == [], f"no errors, got {browser.errors}")
    foreign = [url for url in browser.requests if not url.startswith(("file:", "data:", "blob:"))]
    check(foreign == [], f"no requests, got {foreign}")


def ink(title):
    return browser.value("""((title) => { const plot = document.querySelector(`[data-chart="${title}"] .plot`); if (!plot) return -1;
        const colours = new Set(); for (const canvas of plot.querySelectorAll("canvas")) {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", {willReadFrequently: true});
        copy.drawImage(canvas, 0, 0);
        for (const pixel of new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer)) colours.add(pixel); }
        return colours.size; })(""" + repr(title) + ")")


def whole_sweep():
    opened(whole)
    check("Finished · 9 settings × 5 seeds · baseline: lambda = 0" in text(".verdict"), f"the state, got {text('.verdict')}")
    check("lambda = 0.5 at warm = 20 is better than lambda = 0 by" in text(".verdicts .better"), "a verdict that claims")
    check(len(texts("#settings-table tbody tr")) == 9 and len(texts("#settings-table tr.baseline")) == 3, "a row for each setting")
    check(browser.value("document.querySelectorAll('#settings-table svg.whisker').length") == 6, "an interval for each comparison")
    for title in ("Held-out accuracy, greedy · image", "Held-out accuracy, greedy · text", "Reward · image"):
        check(ink(title) > 20, f"the chart {title}, got {ink(title)} colours")
    check(len(texts(".heat tbody td")) == 9 and "±" in text(".heat tbody td"), "a map of two factors")
    check(len(texts("#effects-table tbody tr")) == 3, "two main effects and their interaction")
    check("lambda makes a difference: F(" in text("#effects-table"), "an effect in words")
    check("26 % saved" in text(".saving") or "% saved" in text(".saving"), f"the saving, got {text('.saving')}")
    check(browser.value("document.querySelectorAll('.tree path').length") == 15 + 45, "an edge for each stretch of work")
    check(len(texts("#runs-table tbody tr")) == 45 and len(texts("#runs-table a")) == 9, "a row for each run, a link where there is a page")
    clean()


# The last point of a setting's curve is its final validation: bands and table come from the same numbers by two ways.
def bands():
    browser.choose("#lines", "settings")
    found = browser.value("""(() => { const setting = sweep.settings[4], mean = metricNow().means[4];
        const line = bandLine("", setting.cells, metricNow().name), last = line.steps.length - 1;
        return [line.steps[last], line.values[last], line.low[last], line.high[last], mean.mean, ...mean.t_interval]; })()""")
    check(found[0] == 120 and all(abs(a - b) < 1e-4 for a, b in zip(found[1:4], found[4:])), f"bands as in the table, got {found}")
    check(len(texts("#curves .chip")) == 9, "a line for each setting")
    browser.click("#curves .chip")
    check(browser.value("document.querySelector('#curves .chip').getAttribute('aria-pressed')") == "false", "a line to be switched off")
    browser.choose("#lines", "0")
    check(texts("#curves .chip") == ["lambda = 0", "lambda = 0.5", "lambda = 1"], "a line for each lambda")
    clean()


def other_metric():
    browser.choose("#metric", "1")
    check("text" in text("#effects > p"), "effects of the other metric")
    browser.choose("#metric", "0")
    clean()


def links():
    browser.wait("document.querySelector('#runs-table a')", "links")
    browser.click("#runs-table a")
    browser.wait("document.title === 'of a run'", "a run's own page")
    opened(elsewhere)
    browser.click("#runs-table a")
    browser.wait("document.title === 'of a run'", "a run's own page from elsewhere")


def gaps_are_told():
    opened(gaps)
    notes = " ".join(texts(".note"))
    for part in ("41 of 45 runs are finished", "may be those that did well", "Left out, because a run of theirs has no value: seeds 2, 5"):
        check(part in notes, f"{part!r} in {notes}")
    check("reward \"mine\" failed" in text("#runs-table"), "the error of a failed run")
    check("2 of 3 runs" in text(".heat") or "runs" in text(".heat"), "a map that says where runs are missing")
    clean()


def one_seed():
    opened(single)
    notes = " ".join(texts(".note"))
    for part in ("One seed: differences between runs may be chance", "names no baseline", "Effects of factors cannot be told", "A map takes two factors"):
        check(part in notes, f"{part!r} in {notes}")
    check(not browser.value("document.querySelector('.whisker')"), "no intervals")
    clean()


def hostile_names():
    opened(hostile)
    check(text("h1") == "<b>bold</b>", "a name as it is")
    check(browser.value("typeof broken") == "undefined", "nothing of it to run")
    clean()


def themes():
    opened(whole)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = browser.value(ground)
    browser.prefer("dark")
    browser.wait(f"{ground} !== {light!r}", "the dark page of a dark system")
    browser.size(400, 800)
    browser.value("new Promise((r) => setTimeout(r, 300))")
    check(browser.value("document.documentElement.scrollWidth") <= 400, "nothing wider than a narrow window")
    clean()


try:
    browser.size(1280, 900)
    browser.prefer("light")
    for scene in (whole_sweep, bands, other_metric, links, gaps_are_told, one_seed, hostile_names, themes):
        scene()
finally:
    browser.close()
