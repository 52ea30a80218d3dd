extension ConsolePage {
  /// Shards, their slots and moves; collections; slow queries.
  static let scriptCluster = #"""
    const slotCount = 4096, columns = 128;
    let mapDrawn = "", owners = new Array(slotCount).fill(null), shardsShown = [];

    function showStatus(status) {
      const node = status.node;
      put($("node"), "cluster " + node.cluster.slice(0, 8) + " · " + node.build + " · up " + time(node.uptime_us)
        + (node.draining ? " · draining" : ""));
      const up = status.shards.filter((shard) => shard.state === "up" && shard.missing === null).length;
      const items = status.shards.reduce((sum, shard) => sum + shard.items, 0);
      put($("shards-soft"), up + " of " + status.shards.length + " complete · " + count(items) + " items · shard map "
        + count(node.epoch));
      setLink(up === status.shards.length && !node.draining ? "ok" : "warn",
        up === status.shards.length ? (node.draining ? "draining" : "live") : "live, " + up + " of " + status.shards.length
        + " shards");
      drawMap(status.shards);
      showShards(status.shards, status.moves);
      showMoves(status.moves);
      showCollections(status.collections);
      offerCollections(status.collections);
    }

    function drawMap(shards) {
      const state = JSON.stringify(shards.map((shard) => [shard.id, shard.ranges, shard.missing !== null]));
      if (state === mapDrawn) return;
      mapDrawn = state;
      shardsShown = shards;
      const rects = [];
      owners.fill(null);
      for (const shard of shards) {
        for (const [first, last] of shard.ranges) {
          for (let slot = first; slot <= last; slot += 1) owners[slot] = shard;
          // A run is cut where a line of the map ends.
          for (let slot = first; slot <= last;) {
            const row = Math.floor(slot / columns);
            let until = Math.min(last, row * columns + columns - 1), height = 1;
            // Whole lines below each other are one rectangle.
            if (slot % columns === 0) while (until + columns <= last) { until += columns; height += 1; }
            const box = { x: slot % columns, y: row, width: height > 1 ? columns : until - slot + 1, height };
            rects.push(shape("rect", { ...box, class: colour(shard.id) }));
            if (shard.missing !== null) rects.push(shape("rect", { ...box, class: "off" }));
            slot = until + 1;
          }
        }
      }
      $("map").replaceChildren(...rects);
      put($("map-text"), count(slotCount) + " slots: " + shards.map((shard) => "shard " + shard.id + " keeps "
        + count(shard.slots) + (shard.missing === null ? "" : " (missing)")).join(", "));
    }
    $("map").addEventListener("mousemove", (event) => {
      const box = $("map").getBoundingClientRect();
      const column = Math.floor(columns * (event.clientX - box.left) / box.width);
      const row = Math.floor(slotCount / columns * (event.clientY - box.top) / box.height);
      const slot = row * columns + column, shard = owners[slot];
      if (!shard) return hideTip();
      showTip(event, "slot " + count(slot) + " · shard " + shard.id + (shard.missing === null ? "" : " · " + shard.missing));
    });
    $("map").addEventListener("mouseleave", hideTip);

    function cells(row, texts) {
      texts.forEach((text, i) => {
        if (typeof text === "string") put(row.children[i], text);
      });
    }
    function pill(cell, kind, text) {
      if (!cell.firstChild) cell.append(el("span", { class: "pill" }, el("span", { class: "dot" }), el("span")));
      cell.firstChild.className = "pill " + kind;
      put(cell.firstChild.lastChild, text);
    }
    function rowsOf(body, things, make) {
      if (body.dataset.ready !== "yes") { body.replaceChildren(); body.dataset.ready = "yes"; }
      while (body.children.length > things.length) body.lastChild.remove();
      while (body.children.length < things.length) body.append(make());
      return [...body.children];
    }
    function showShards(shards, moves) {
      const rows = rowsOf($("shard-rows"), shards, () => el("tr", {},
        el("th", { scope: "row" }, el("span", { class: "swatch", "aria-hidden": "true" }), el("span")), el("td", { class: "opt mono" }),
        el("td", { class: "num" }), el("td", { class: "num" }), el("td"), el("td"), el("td", { class: "opt soft" })));
      shards.forEach((shard, i) => {
        const row = rows[i];
        row.dataset.shard = shard.id;
        row.children[0].firstChild.className = "swatch " + colour(shard.id);
        put(row.children[0].lastChild, String(shard.id));
        cells(row, [null, shard.address, count(shard.slots), count(shard.items), null, null, movingText(shard.id, moves)]);
        pill(row.children[4], { up: "ok", down: "bad" }[shard.state] || "warn", shard.state);
        row.children[5].className = shard.missing === null ? "" : "bad";
        put(row.children[5], shard.missing === null ? "complete" : "missing: " + shard.missing);
      });
    }
    function movingText(shard, moves) {
      if (moves.state === "at rest") return "";
      const sum = (side) => moves.moves.reduce((sum, move) => sum + (move[side] === shard ? move.slots : 0), 0);
      return [[sum("from"), "gives "], [sum("to"), "takes "]].filter((pair) => pair[0] > 0)
        .map((pair) => pair[1] + count(pair[0]) + " slots").join(", ");
    }
    function showMoves(moves) {
      $("moving").hidden = moves.state === "at rest";
      if (moves.state === "at rest") return;
      const done = moves.slots - moves.slots_left;
      let text = moves.state + ": " + count(done) + " of " + count(moves.slots) + " slots, " + count(moves.items_copied)
        + " items, " + bytes(moves.bytes_copied);
      if (moves.from !== null && moves.to !== null) text += "; shard " + moves.from + " → " + moves.to + " " + moves.phase;
      if (moves.us_left !== null && moves.state === "moving") text += "; about " + time(moves.us_left) + " to go";
      if (moves.failures > 0) text += "; " + moves.failures + " failed tries, the last: " + moves.reason;
      put($("moving-text"), text);
      $("moving-bar").max = Math.max(moves.slots, 1);
      $("moving-bar").value = done;
    }
    function showCollections(collections) {
      if (!collections.length) return rowsOf($("collection-rows"), [0], () =>
        el("tr", {}, el("td", { colspan: 5, class: "soft", text: "None yet." }))) && undefined;
      if ($("collection-rows").querySelector("[colspan]")) $("collection-rows").replaceChildren();
      const rows = rowsOf($("collection-rows"), collections, () => el("tr", {}, el("th", { scope: "row" }),
        el("td", { class: "num" }), el("td", { class: "num" }), el("td", { class: "num opt" }), el("td", { class: "mono" })));
      collections.forEach((one, i) => cells(rows[i], [one.name, count(one.generation) + (one.active ? "" : ", beside"),
        count(one.items), bytes(one.memory_bytes), one.model === null ? "none" : one.model.slice(0, 8)]));
    }

    // MARK: Slow queries

    let slowShown = "";
    function showSlow(slow) {
      put($("slow-soft"), slow.threshold_us === 0 ? "" : count(slow.total) + " took " + time(slow.threshold_us)
        + " or longer" + (slow.total > slow.queries.length ? "; the last " + slow.queries.length : ""));
      const state = JSON.stringify(slow.queries.map((query) => query.id));
      if (state === slowShown) return;
      slowShown = state;
      const isOpen = new Set([...$("slow-rows").querySelectorAll("details[open]")].map((node) => node.dataset.id));
      if (!slow.queries.length) {
        return $("slow-rows").replaceChildren(el("li", { class: "soft",
          text: slow.threshold_us === 0 ? "None is kept: --slow-query-threshold is 0." : "None since the coordinator started." }));
      }
      $("slow-rows").replaceChildren(...slow.queries.map((query) => {
        const fall = el("div", { class: "fall" }), line = el("p", { class: "soft" });
        drawFall(fall, line, query.waterfall, query.us);
        const asker = query.user !== null ? "user " + query.user : query.session_items ? query.session_items + " session items"
          : "";
        const who = [query.collection, asker, query.filter ? "filter " + query.filter : "", "k " + query.k + " of "
          + query.depth].filter((part) => part).join(" · ");
        return el("li", {}, el("details", { "data-id": query.id, open: isOpen.has(query.id) },
          el("summary", {}, el("b", { class: "mono", text: time(query.us) }),
            el("span", { class: "soft", text: new Date(Date.now() - query.age_us / 1000).toLocaleTimeString([], { hour12: false }) }),
            el("span", { class: "text", text: who, title: who }),
            el("span", { class: "cover " + (query.coverage === 1 ? "soft" : "bad"), text: query.coverage === null ? query.error : percent(query.coverage) })),
          el("div", { class: "inside" }, line, fall)));
      }));
    }

    """#
}
