// The poll: numbers every second, as long as the page is seen, and its retries.

import { addReading } from "./charts.js";
import { shardsUp, showStatus } from "./cluster.js";
import { $, put, setLink } from "./page.js";
import { ask } from "./server.js";
import { showSlow } from "./slow.js";

let failures = 0, retryAt = 0, wake = null, round = 0;

const sleep = (ms) => new Promise((resolve) => {
  const timer = setTimeout(resolve, ms);
  wake = () => { clearTimeout(timer); resolve(); };
});

// Live numbers every second, the state every other: one question at a time, so a slow server is not pressed.
export async function watch() {
  for (;;) {
    // A page that is not seen asks nothing.
    if (document.hidden) { await sleep(1000); continue; }
    const begin = performance.now();
    const live = await ask("/api/live", undefined, 4000);
    let lost = live.lost || (live.value.error && live.value.error.message);
    if (!lost) {
      addReading(live.value);
      if (round % 2 === 0 || live.value.shards_up !== shardsUp()) {
        const status = await ask("/api/status", undefined, 4000);
        if (status.lost || status.value.error) lost = status.lost || status.value.error.message;
        else showStatus(status.value);
      }
      if (round % 3 === 0 && !lost) {
        const slow = await ask("/api/slow", undefined, 4000);
        if (!slow.lost && !slow.value.error) showSlow(slow.value);
      }
      round += 1;
    }
    if (!lost) {
      failures = 0;
      $("lost").hidden = true;
      document.body.classList.remove("stale");
      await sleep(Math.max(200, 1000 - (performance.now() - begin)));
      continue;
    }
    failures += 1;
    const wait = Math.min(16, Math.pow(2, failures - 1)) * 1000;
    retryAt = Date.now() + wait;
    setLink("bad", "no connection");
    document.body.classList.add("stale");
    $("lost").hidden = false;
    const ticker = setInterval(countDown, 500);
    countDown();
    await sleep(wait);
    clearInterval(ticker);
    put($("lost-text"), "Trying again…");
  }
}

function countDown() {
  const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  put($("lost-text"), "What you see is from before. Next try " + (seconds > 0 ? "in " + seconds + " s." : "now."));
}

$("lost-now").addEventListener("click", () => wake && wake());
document.addEventListener("visibilitychange", () => { if (!document.hidden && wake) wake(); });
