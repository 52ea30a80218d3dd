"""Uses the console as a person does, in headless Chromium: a line for each thing that it finds as it should be.

    console.py ADDRESS FOLDER SHARD_PROCESS COORDINATOR_PROCESS

Pictures go to FOLDER. The processes are killed while the page looks. The collection `shop` has a user 7, and an item
whose title tries to be HTML.
"""

import atexit
import json
import os
import signal
import sys
import threading
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

address, folder, shard, coordinator = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
url = f"http://{address}/"
failed = []


def check(holds, what):
    print("ok" if holds else "FAILED", what, flush=True)
    if not holds:
        failed.append(what)


def start(width, height, dark=False, phone=False):
    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    browser.set_page_load_timeout(60)
    appear(browser, width, height, dark, phone)
    return browser


def appear(browser, width, height, dark=False, phone=False):
    metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def one(selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


def every(selector):
    return browser.find_elements(By.CSS_SELECTOR, selector)


def text(selector):
    return browser.execute_script("return document.querySelector(arguments[0])?.textContent || ''", selector)


def until(what, holds, seconds=30):
    try:
        WebDriverWait(browser, seconds, 0.1).until(lambda _: holds())
        check(True, what)
    except Exception as error:  # The picture of what was there instead.
        browser.save_screenshot(f"{folder}/failed.png")
        check(False, f"{what} ({type(error).__name__})")


def ids(column):
    return browser.execute_script(
        "return [...document.querySelectorAll(`#${arguments[0]} .hit`)].map((one) => one.dataset.id)", column)


def press(*keys):
    webdriver.ActionChains(browser).send_keys(*keys).perform()


def focused():
    return browser.execute_script(
        "const a = document.activeElement; return a.id || [a.className.split(' ')[0], a.dataset.id].join(' ')")


def picture(name):
    browser.save_screenshot(f"{folder}/{name}.png")


def sideways():
    return browser.execute_script("return document.documentElement.scrollWidth - innerWidth")


def query(**more):
    request = urllib.request.Request(
        url + "api/rank", json.dumps({"user": 7, "k": 5, "depth": 50, **more}).encode(),
        {"Content-Type": "application/json"})
    return urllib.request.urlopen(request, timeout=20).read()


# Queries that go on meanwhile, so that there is something to see.
over = threading.Event()


def shoppers():
    while not over.wait(0.05):
        try:
            query()
        except OSError:
            pass


threading.Thread(target=shoppers, daemon=True).start()

browser = start(1280, 1400)
# However this ends, no browser stays behind.
atexit.register(browser.quit)
browser.get(url)
until("the page says that it is live", lambda: text("#link-text") == "live")
until("shards are listed with their slots", lambda: len(every("#shard-rows tr[data-shard]")) == 3)
check("shard 2 keeps 1,365" in text("#map-text"), "the map says how many slots each shard keeps")
unlabelled = browser.execute_script(
    "return [...document.querySelectorAll('input, select')].filter((one) => !one.labels.length).map((one) => one.id)")
check(unlabelled == [], f"every field has a label {unlabelled}")

# By keys alone: a query, through its results, into one and out again.
press("/")
check(focused() == "user", "/ leads to the query box")
press("7", Keys.TAB)
check(focused() == "filter", "Tab leads to the filter")
press(Keys.TAB, "8", Keys.ENTER)
until("Enter asks", lambda: len(ids("after")) == 8)
check("coverage 100 %" in text("#summary") and "exact" in text("#summary"), "the answer says exact and covered")
before, after = ids("before"), ids("after")
check(len(before) == 8 and before != after, "the orders before and after re-ranking differ")
places = browser.execute_script("return [...document.querySelectorAll('#after .place')].map((one) => one.textContent)")
check(places == [str(place) for place in range(1, 9)], "results have their places")
check(len(every("#moves path")) >= 8, "lines show who moved")
check("Straggler: shard" in text("#straggler"), "the waterfall names the straggler")
check(len(every("#fall-body .span")) >= 7, "the waterfall has phases and shards")
for _ in range(40):
    if focused().startswith("hit"):
        break
    press(Keys.TAB)
check(focused() == f"hit {before[0]}", "Tab leads to the results")
press(Keys.ARROW_RIGHT)
where = focused()
press(Keys.ARROW_DOWN)
check(where.startswith("hit") and focused() != where, "arrow keys walk through the results")
chosen = focused().split(" ")[1]
press(Keys.ENTER)
until("Enter opens a result", lambda: not one("#detail").get_property("hidden"))
logit = browser.execute_script(
    "return [...document.querySelectorAll('#detail .facts dt')].find((one) => one.textContent === 'Logit')"
    ".nextSibling.textContent").replace("\u2212", "-")
total = text("#detail .total .num").replace("\u2212", "-")
check(len(every("#detail .part")) > 3 and total != "", "it opens to the parts of its logit")
check(total != "" and abs(float(total) - float(logit)) < 0.002, f"the parts make up the logit ({total}, {logit})")
widths = browser.execute_script(
    "return [...document.querySelectorAll('#detail .bar i')].map((one) => [one.className, one.offsetWidth])")
check({name for name, width in widths if width > 0} == {"", "minus"}, "there are parts that add and parts that take")
picture("light")
press(Keys.ESCAPE)
check(one("#detail").get_property("hidden") and focused() == f"hit {chosen}", "Esc closes it and the focus stays")

# The next page goes on where the first one ended.
first = ids("after")
one("#page-on").click()
until("the next page comes", lambda: text("#page-at").startswith("places 9 to 16 of "))
places = browser.execute_script("return [...document.querySelectorAll('#after .place')].map((one) => one.textContent)")
check(places == [str(place) for place in range(9, 17)], "with the places that follow")
check(len(set(first + ids("after"))) == 16, "and no item twice")
one("#page-back").click()
until("and back", lambda: ids("after") == first and one("#page-back").get_property("disabled"))

# An item's title is text, whatever it says.
one("#k").clear()
one("#k").send_keys("100", Keys.ENTER)
until("more results come", lambda: len(ids("after")) == 100)
titles = browser.execute_script("return [...document.querySelectorAll('#after .what b')].map((one) => one.textContent)")
check(any(title.startswith("<img") for title in titles), "a title with HTML is shown as it is written")
check(every("main img") == [] and browser.title == "Winnow console", "and does nothing")
check(any(title.endswith("\u241b[2J\ufffd") for title in titles), "what is hidden in it can be seen")

# A mistake is pointed at.
one("#filter").send_keys("price < < 3", Keys.ENTER)
until("a bad filter is refused", lambda: "BAD_FILTER" in text("#error"))
check(text("#error pre") == "price < < 3\n        ^", "with a caret below the place")
check(focused() == "filter" and one("#filter").get_attribute("aria-invalid") == "true", "and the field says so")
one("#filter").clear()
one("#k").clear()
one("#k").send_keys("8", Keys.ENTER)
until("the next query clears it", lambda: text("#error") == "" and len(ids("after")) == 8)

# What the shopper does with a result is an event, and the next answer knows it.
check("Nothing is kept of user 7" in text("#history-soft"), "a shopper without events has no history")
# The first result is open already, where there is room.
clicked, hidden = ids("after")[1:3]
for item, kind, events in ((clicked, "click", "one event"), (hidden, "hide", "2 events")):
    # In one go, since an answer that comes amid it closes the result.
    seen = browser.execute_script(
        "document.querySelector(`#after .hit[data-id='${arguments[0]}']`).click();"
        "const buttons = [...document.querySelectorAll('#detail .actions button')];"
        "buttons.find((one) => one.dataset.kind === arguments[1]).click();"
        "return buttons.map((one) => [one.dataset.kind, one.offsetWidth > 0])", item, kind)
    check(seen == [[one, True] for one in ("click", "cart", "purchase", "hide")],
          f"an open result shows a button for each thing to do with it {seen}")
    until(f"a {kind} is in the history of the next answer", lambda: events in text("#history-soft"))
    check(f"{kind} #{item}" in text("#history-rows li"), "as the newest event, with its item")
until("what is hidden is gone", lambda: hidden not in ids("after") and clicked in ids("after"))
entries = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
entries = [entry for entry in entries if "api/rank" not in entry]
check(entries == [], f"the browser has nothing to complain about {entries}")

# Queries that took long, and where their time went.
until("slow queries are listed", lambda: len(every("#slow-rows details")) > 0)
browser.execute_script("document.querySelector('#slow-rows summary').focus()")
press(Keys.ENTER)
until("and open to their waterfall", lambda: len(every("#slow-rows details[open] .span")) >= 5)

# Light and dark, a desk and a phone.
light = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
appear(browser, 1280, 1400, dark=True)
dark = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
check(light != dark, f"dark differs from light ({light}, {dark})")
picture("dark")
press(Keys.ESCAPE)
appear(browser, 360, 2600, phone=True)
until("a phone shows all of it without scrolling sideways", lambda: sideways() <= 0)
picture("phone")
appear(browser, 360, 740, phone=True)
browser.execute_script("document.querySelectorAll('#after .hit')[1].click()")
check(not one("#detail").get_property("hidden") and sideways() <= 0, "nor when a result is open")
picture("phone-detail")
press(Keys.ESCAPE)
appear(browser, 1280, 1400)

# A shard dies while the page looks.
os.kill(shard, signal.SIGKILL)
until("a killed shard is shown as down", lambda: "down" in text("#shard-rows tr[data-shard='1']"))
until("and its slots as missing", lambda: "missing: unreachable" in text("#shard-rows tr[data-shard='1']"))
until("coverage of the answers falls", lambda: text("#chart-coverage b").startswith(("66", "67")))
one("#k").send_keys(Keys.ENTER)
until("an answer says which shard it misses", lambda: "Missing: shard 1" in text("#summary"))
check("coverage 66.6 %" in text("#summary"), "and what it covers")
picture("shard-killed")

# So does the coordinator.
over.set()
os.kill(coordinator, signal.SIGKILL)
until("a coordinator that is gone is missed", lambda: not one("#lost").get_property("hidden"))
check("Next try" in text("#lost-text") or "Trying" in text("#lost-text"), "the page says when it tries again")
picture("coordinator-killed")
sys.exit(1 if failed else 0)
