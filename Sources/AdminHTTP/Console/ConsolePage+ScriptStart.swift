extension ConsolePage {
  /// Polling with its retries, and the keys.
  static let scriptStart = #"""
    // MARK: Watching

    function setLink(kind, text) {
      $("link").className = "pill " + kind;
      put($("link-text"), text);
    }
    let failures = 0, retryAt = 0, wake = null, round = 0;
    const sleep = (ms) => new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => { clearTimeout(timer); resolve(); };
    });

    // Live numbers every second, the state every other: one question at a time, so a slow server is not pressed.
    async function watch() {
      for (;;) {
        // The page is hidden, so it asks nothing.
        if (document.hidden) { await sleep(1000); continue; }
        const begin = performance.now();
        const live = await ask("/api/live", undefined, 4000);
        let lost = live.lost || (live.value.error && live.value.error.message);
        if (!lost) {
          addReading(live.value);
          if (round % 2 === 0 || live.value.shards_up !== shardsShown.filter((shard) => shard.state === "up").length) {
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

    // MARK: Keys and forms

    form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
    $("detail-close").addEventListener("click", close);
    $("collection").addEventListener("change", () => { offered = ""; });
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const at = document.activeElement;
      const isTyping = at && (at.tagName === "INPUT" && at.type !== "checkbox" || at.tagName === "SELECT");
      if (event.key === "/" && !isTyping) {
        event.preventDefault();
        $("user").focus();
        $("user").select();
      } else if (event.key === "Escape") {
        if (!close() && isTyping) at.blur();
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && at && at.classList.contains("hit")) {
        event.preventDefault();
        const hits = [...at.closest("ol").querySelectorAll(".hit")];
        const next = hits[hits.indexOf(at) + (event.key === "ArrowDown" ? 1 : -1)];
        if (next) next.focus();
      } else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && at && at.classList.contains("hit")) {
        event.preventDefault();
        const other = $(event.key === "ArrowLeft" ? "before" : "after");
        const hits = [...other.querySelectorAll(".hit")];
        const same = hits.find((node) => node.dataset.id === at.dataset.id);
        if (same || hits[0]) (same || hits[0]).focus();
      }
    });

    if (recall()) submit();
    watch();

    """#
}
