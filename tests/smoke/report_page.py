"""What a reader does with a report, done in Chromium: report_page.py ONE_RUN TWO_RUNS HOSTILE."""
import os, sys, tempfile

from browser import Browser

browser = Browser()
one, two, hostile = sys.argv[1:4]
main = tempfile.mkdtemp()


def text(selector):
    return browser.value(f"(document.querySelector({selector!r}) || {{}}).textContent")


def number_of(selector):
    return browser.value(f"document.querySelectorAll({selector!r}).length")


def check(holds, what):
    assert holds, what


def clean():
    check(browser.errors == [], f"no errors, got {browser.errors}")
    foreign = [url for url in browser.requests if not url.startswith(("file:", "data:", "blob:"))]
    check(foreign == [], f"no requests, got {foreign}")


def opened(path, limit_ms=None):
    browser.open(path)
    browser.wait("document.documentElement && document.documentElement.dataset.drawn", f"{path} to be drawn")
    shown = int(browser.value("document.documentElement.dataset.shown"))
    print(f"{os.path.basename(path)}: {os.path.getsize(path) / 1e6:.2f} MB, first sight after {shown} ms,",
          f"everything after {browser.value('document.documentElement.dataset.drawn')} ms")
    check(browser.value("document.getElementById('failure').hidden"), f"no failure, got {text('#failure')}")


# A chart shows something when its canvases have pixels of more than a few colours.
INK = """(title) => { const plot = document.querySelector(`[data-chart="${title}"] .plot`); if (!plot) return -1;
    const colours = new Set(); for (const canvas of plot.querySelectorAll("canvas")) {
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", {willReadFrequently: true});
      copy.drawImage(canvas, 0, 0);
      const pixels = new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
      for (const pixel of pixels) colours.add(pixel); } return colours.size; }"""


def ink(title):
    return browser.value(f"({INK})({title!r})")


def one_run():
    opened(one)
    check("Finished" in text(".verdict"), "the verdict first")
    check(number_of("#result tbody tr") >= 4, "a row before training and after each phase")
    check("steps are done" in text(".transitions"), "transitions with their reason")
    for title in ("Entropy", "Response length", "Gradient norm", "Cold-start loss",
                  "Effective share of the scores", "Effective sample size of the draws", "Learning rate"):
        check(ink(title) > 20, f"the chart {title} to be drawn, got {ink(title)} colours")
    # A tiny run may never pass: what is 0 throughout is said in words.
    for title in ("Held-out accuracy, greedy", "Held-out accuracy, sampled", "Pass rate of training rollouts", "Reward",
                  "Rewards and their parts", "Share of mixed groups", "Pass rate by difficulty"):
        check(ink(title) > 20 or "0 in every step" in (text(f'[data-chart="{title}"]') or ""), f"{title} to be shown")
    check("0 in every step" in text('[data-chart="Clip fraction"]'), "a clip fraction that is 0 to be said, not drawn")
    check(number_of("#histograms svg rect.bar") >= 24 and number_of("#matrices table") >= 1, "histograms and matrices")
    clean()


def smoothing():
    browser.choose("#smoothing", "1")
    browser.value("new Promise((r) => setTimeout(r, 300))")
    check("none" in text("#curves .controls"), "smoothing to say that there is none")
    labels = browser.value("[...charts.values()][2].graph.getLabels().length")
    browser.choose("#smoothing", "2")
    browser.value("new Promise((r) => setTimeout(r, 300))")
    check("last 2 values" in text("#curves .controls"), "smoothing to say over how many steps")
    check(browser.value("[...charts.values()][2].graph.getLabels().length") == 2 * labels - 1, "raw and smooth lines")


def zoom():
    browser.value("document.querySelector('[data-chart=\"Gradient norm\"]').scrollIntoView({block: 'center'})")
    box = browser.value("(() => { const b = document.querySelector('[data-chart=\"Gradient norm\"] .plot').getBoundingClientRect();"
                        " return [b.left, b.top, b.width, b.height]; })()")
    middle = box[1] + box[3] / 2
    browser.move(box[0] + box[2] * 0.5, middle)
    check("step" in text('[data-chart="Gradient norm"] .legend .at'), "the legend to name the step under the pointer")
    browser.drag(box[0] + box[2] * 0.3, middle, box[0] + box[2] * 0.6, middle)
    ranges = "[...charts.values()].filter((c) => c.graph && !c.own).map((c) => c.graph.xAxisRange().join())"
    check(len(set(browser.value(ranges))) == 1, "one zoom for all charts")
    browser.click("#reset-zoom")
    check(len(set(browser.value(ranges))) > 1, "the whole range of each again")


def rollouts():
    all_groups = text("#rollouts .pager")
    check("Showing" in text("#rollouts") and "of" in text("#rollouts > p"), "how many rollouts are shown")
    browser.choose("#rollout-view", "image")
    check(number_of("#groups .group") > 0 and text("#rollouts .pager") != all_groups, "the view's groups alone")
    check(set(browser.value("[...document.querySelectorAll('#groups .group summary')].map((s) => s.children[1].textContent.trim())")) == {"image"}, "image views")
    browser.click("#groups .group summary")
    browser.wait("document.querySelector('#groups .group[open] .response')", "a group to open")
    check(browser.value("document.querySelector('#groups .group[open] img').naturalWidth") == 84, "the prompt's picture")
    facts = text("#groups .group[open] .inside")
    for part in ("question", "answer", "caption", "reward", "exact_math", "format_tags", "advantage", "tokens"):
        check(part in facts, f"{part} of a response")
    check(number_of(".token") == 0, "token probabilities on demand only")
    browser.click("#groups .group[open] button.tokens")
    check(number_of(".token") > 0 and "p = " in browser.value("document.querySelector('.token').title"), "each token's probability")
    browser.choose("#rollout-view", "all")
    wanted = browser.value("document.querySelector('#groups .group summary .mono').textContent")
    browser.type("#rollout-search", wanted)
    browser.wait(f"[...document.querySelectorAll('#groups .group summary .mono')].every((m) => m.textContent === {wanted!r}) && document.querySelector('#groups .group')", "the prompt that was searched for")
    browser.choose("#rollout-search", "nothing has this text")
    browser.wait("document.querySelector('#groups').textContent.includes('widen the filters')", "a word when nothing is found")
    browser.choose("#rollout-search", "")
    browser.wait("document.querySelectorAll('#groups .group').length > 1", "all groups again")
    clean()


def prompts():
    rows = number_of("#prompt-table tbody tr")
    check(rows > 0, "prompts with their history")
    check(number_of("#prompt-table svg circle") >= rows, "a dot for each draw")
    browser.click("#prompt-table th[data-order='seen']")
    browser.click("#prompt-table th[data-order='seen']")
    seen = browser.value("[...document.querySelectorAll('#prompt-table tbody tr.pick')].map((r) => Number(r.children[2].textContent))")
    check(seen == sorted(seen, reverse=True), "prompts in the order of how often they were drawn")
    browser.click("#prompt-table tbody tr.pick")
    check(number_of("#prompt-table tr.detail img") == 1, "the picture and history of a prompt")
    browser.choose("#prompt-course", "never")
    rates = browser.value("[...document.querySelectorAll('#prompt-table tbody tr.pick')].map((r) => r.children[3].textContent)")
    check(set(rates) == {"0"} or "No prompt is like that" in text("#prompts"), f"never solved prompts, got {rates}")
    clean()


def themes():
    ground = "getComputedStyle(document.body).backgroundColor"
    browser.prefer("light")
    light = browser.value(ground)
    browser.prefer("dark")
    browser.wait(f"{ground} !== {light!r}", "the dark page of a dark system")
    browser.click("#theme")  # light, whatever the system has
    browser.wait(f"{ground} === {light!r}", "the light page that was asked for")
    browser.size(400, 800)
    browser.value("new Promise((r) => setTimeout(r, 300))")
    check(browser.value("document.documentElement.scrollWidth") <= 400, "nothing wider than a narrow window")
    browser.size(1280, 900)
    browser.pdf(os.path.join(main, "page.pdf"))
    check(os.path.getsize(os.path.join(main, "page.pdf")) > 50000, "a page that prints")
    check(browser.value("document.documentElement.className") == "", "the screen as it was after printing")
    clean()


def two_runs():
    opened(two)
    check(number_of(".chip") == 2 and number_of("#result table") == 2, "both runs with their tables")
    lines = "[...charts.values()].find((c) => c.graph && !c.own).graph.getLabels().length"
    both = browser.value(lines)
    browser.click(".chip[data-run='1']")
    browser.wait(f"charts.size && [...charts.values()].find((c) => c.graph && !c.own) && {lines} < {both}", "one run less in the curves")
    browser.click(".chip[data-run='1']")
    browser.choose("#focus", "1")
    check("differs from" in text("#result") and "seed" in text("#result a[href='#settings']"), "what differs, beside the results")
    check(browser.value("[...document.querySelectorAll('#settings td.mono')].some((cell) => cell.textContent === 'seed')"), "the settings that differ")
    browser.wait("document.querySelector('#rollouts').dataset.run === '1'", "the other run's rollouts")
    clean()


def hostile_run():
    opened(hostile)
    browser.type("#rollout-search", "onerror")
    browser.wait("[...document.querySelectorAll('#groups .question')].every((q) => q.textContent.includes('onerror')) && document.querySelector('#groups .group')", "the hostile question")
    check("onerror=broken" in text("#groups"), "its text to be seen as it is")
    check(browser.value("typeof broken") == "undefined", "nothing of it to run")
    check("draws its prompts uniformly" in text("#sampler"), "a word where there are no scores")
    clean()


try:
    browser.size(1280, 900)
    browser.prefer("light")
    for scene in (one_run, smoothing, zoom, rollouts, prompts, themes, two_runs, hostile_run):
        scene()
finally:
    browser.close()
