extension ConsolePage {
  /// An answer: both orders with the moves between them, an item's parts, the waterfall, and what was searched.
  static let scriptAnswer = #"""
    let opened = null;

    function titleOf(item) {
      for (const name of ["title", "name", "label"]) {
        if (typeof item.attributes[name] === "string" && item.attributes[name] !== "") return [name, item.attributes[name]];
      }
      return [null, "Item " + item.id];
    }
    function valueText(value) {
      if (value === null || value === undefined) return "none";
      if (Array.isArray(value)) return value.join(", ");
      if (typeof value === "object") return "length " + fixed(value.norm, 3);
      // The shortest text that reads back as the same number: these are values of the operator's own data.
      return String(value);
    }
    // What an input of the model holds may be computed, with more digits than say anything.
    function inputText(value, kind) {
      const isOwn = kind === "attribute" || kind === "context";
      return typeof value === "number" && !isOwn ? valueText(Number(value.toPrecision(6))) : valueText(value);
    }
    function aside(item, title) {
      const words = Object.entries(item.attributes).filter(([name, value]) => name !== title && value !== null)
        .map(([name, value]) => typeof value === "boolean" ? (value ? "" : "not ") + name.replaceAll("_", " ")
          : typeof value === "number" ? name + " " + valueText(value) : valueText(value));
      return (title ? "#" + item.id + " · " : "") + words.filter((word) => word !== "").join(" · ");
    }

    function hit(item, place, score, chip, kind, extra) {
      const [name, title] = titleOf(item);
      return el("li", {}, el("button", {
        type: "button", class: "hit " + (extra || ""), "data-id": item.id, "aria-expanded": "false", "aria-controls": "detail",
        onclick: () => open(item), onfocus: () => light(item.id, true), onblur: () => light(item.id, false),
        onmouseenter: () => light(item.id, true), onmouseleave: () => light(item.id, false),
      },
      el("span", { class: "place", text: place }),
      el("span", { class: "what" }, el("b", { text: title, title }), el("span", { text: aside(item, name) })),
      el("span", { class: "scores" }, el("span", { class: "value", text: score }),
        el("span", { class: "chip " + kind, text: chip }))));
    }
    function light(id, on) {
      for (const node of $("answer").querySelectorAll("[data-id='" + id + "']")) node.classList.toggle("lit", on);
    }

    function showAnswer(answer) {
      opened = null;
      $("detail").hidden = true;
      $("detail-none").hidden = false;
      $("tries").replaceChildren();
      const report = answer.report;
      const after = answer.results.filter((item) => item.rank <= answer.k).sort((a, b) => a.rank - b.rank);
      const before = answer.results.filter((item) => item.rank_by_retrieval <= answer.k)
        .sort((a, b) => a.rank_by_retrieval - b.rank_by_retrieval);
      put($("after-what"), answer.ranked ? "by the model" : "there is no model: the same order");
      $("before").replaceChildren(...before.map((item) => hit(item, item.rank_by_retrieval,
        fixed(item.retrieval_score, 4), item.rank === item.rank_by_retrieval ? "stays" : "→ " + item.rank, "",
        item.rank > answer.k ? "gone" : "")));
      $("after").replaceChildren(...after.map((item) => {
        const climbed = item.rank_by_retrieval - item.rank;
        const score = item.logit === null ? "not re-ranked" : fixed(item.logit, 3);
        return hit(item, item.rank, score, climbed === 0 ? "= same" : (climbed > 0 ? "▲ " : "▼ ") + Math.abs(climbed)
          + " was " + item.rank_by_retrieval, climbed > 0 ? "up" : climbed < 0 ? "down" : "",
          item.rank_by_retrieval > answer.k ? "fresh" : "");
      }));
      drawMoves(answer.results, answer.k, Math.max(before.length, after.length));
      $("answer").hidden = false;
      $("answer").querySelector(".orders").hidden = answer.results.length === 0;
      $("answer").querySelector(".side").hidden = answer.results.length === 0;
      summarise(answer);
      drawFall($("fall-body"), $("straggler"), report.waterfall, answer.elapsed_us);
      showFacts(answer);
      // Where there is room beside the list, the first result is open from the start.
      if (after.length && matchMedia("(min-width: 1081px)").matches) open(after[0]);
    }

    // One unit of the picture is a row high, so the lines meet the rows at any width.
    function drawMoves(results, k, rows) {
      const picture = $("moves");
      picture.setAttribute("viewBox", "0 0 100 " + Math.max(rows, 1));
      picture.replaceChildren(...results.map((item) => {
        const [from, to] = [item.rank_by_retrieval - 0.5, item.rank - 0.5];
        const kind = from > to ? "up" : from < to ? "down" : "";
        if (from > k) return shape("path", { d: "M60," + to + " H100", class: kind + " cut", "data-id": item.id });
        if (to > k) return shape("path", { d: "M0," + from + " H40", class: kind + " cut", "data-id": item.id });
        return shape("path", { d: "M0," + from + " C55," + from + " 45," + to + " 100," + to, class: kind,
          "data-id": item.id });
      }));
    }

    function summarise(answer) {
      const report = answer.report;
      const line = $("summary");
      const shown = Math.min(answer.k, answer.results.filter((item) => item.rank <= answer.k).length);
      line.replaceChildren();
      if (shown === 0) return line.append(el("strong", { text: "Nothing passes the filter." }),
        " " + count(report.scanned) + " items looked at, coverage " + percent(report.coverage) + ".");
      line.append(el("strong", { text: shown + (shown === 1 ? " result" : " results") }),
        " in " + time(answer.elapsed_us) + ", " + count(report.reranked) + " of " + count(report.candidates)
        + " candidates re-ranked, ", el("span", { class: answer.exact ? "ok" : "warn",
          text: answer.exact ? "exact" : "not exact" }), ", ",
        el("span", { class: report.coverage === 1 ? "ok" : "bad", text: "coverage " + percent(report.coverage) }));
      const missing = report.missing.map((one) => "shard " + one.shard + " (" + one.cause + ")");
      if (missing.length) line.append(". Missing: " + missing.join(", "));
    }

    function facts(list, pairs) {
      list.replaceChildren(...pairs.filter((pair) => pair[1] !== null).flatMap(([name, value]) =>
        [el("dt", { text: name }), el("dd", { text: value })]));
    }
    function showFacts(answer) {
      const report = answer.report;
      facts($("facts"), [
        ["Shards that answered", report.shards_answered + " of " + report.shards],
        ["Items covered", count(report.items_covered)], ["Scored", count(report.scanned)],
        ["Passed the filter", count(report.passed)], ["Candidates", count(report.candidates)],
        ["Re-ranked", count(report.reranked)], ["Second searches", count(report.reasks)],
        ["Logits not finite", report.not_finite ? count(report.not_finite) : null],
        ["Generation", count(report.generation)], ["Model", report.model || "none"], ["Shard map", count(report.epoch)],
        ["Orders compared", "the first " + count(answer.compared)],
        ["Request", report.request_id || null],
      ]);
    }

    // Rows: the coordinator's own phases, and for each shard its trip with queue and scan inside.
    function drawFall(body, line, spans, total) {
      const end = Math.max(total || 0, 1, ...spans.map((span) => span.start_us + span.duration_us));
      const trips = spans.filter((span) => span.phase === "round trip" || span.phase === "second search");
      const last = trips.reduce((a, b) => !a || b.start_us + b.duration_us > a.start_us + a.duration_us ? b : a, null);
      const rows = new Map();
      for (const span of spans) {
        const key = span.shard === null ? span.phase : "shard " + span.shard;
        if (!rows.has(key)) rows.set(key, { shard: span.shard, spans: [] });
        rows.get(key).spans.push(span);
      }
      const all = [...rows], shards = all.filter(([, row]) => row.shard !== null).sort((a, b) => a[1].shard - b[1].shard);
      const first = all.findIndex(([, row]) => row.shard !== null), own = all.filter(([, row]) => row.shard === null);
      if (first >= 0) own.splice(first, 0, ...shards);
      body.replaceChildren(...own.map(([name, row]) => {
        const isLate = last && row.shard === last.shard && row.shard !== null && trips.length > 1;
        const track = el("div", { class: "track " + (row.shard === null ? "" : colour(row.shard)) });
        for (const span of row.spans) {
          const kind = { "round trip": "p-trip", "second search": "p-trip", "shard queue": "p-wait", scan: "p-scan",
            queue: "p-wait" }[span.phase] || "p-own";
          const bar = el("i", { class: kind, title: span.phase + " " + time(span.duration_us) });
          bar.style.left = (100 * span.start_us / end) + "%";
          bar.style.width = (100 * span.duration_us / end) + "%";
          track.append(bar);
        }
        const longest = Math.max(...row.spans.map((span) => span.duration_us));
        return el("div", { class: "span" + (isLate ? " late" : "") }, el("b", { text: name }), track,
          el("span", { class: "num", text: time(longest) }));
      }));
      if (!last) return put(line, "");
      const rest = trips.filter((trip) => trip !== last).map((trip) => trip.start_us + trip.duration_us);
      const wait = rest.length ? last.start_us + last.duration_us - Math.max(...rest) : 0;
      put(line, trips.length > 1 ? "Straggler: shard " + last.shard + ", " + time(last.duration_us) + " of "
        + time(end) + "; the others were done " + time(wait) + " earlier." : "Shard " + last.shard + ": "
        + time(last.duration_us) + " of " + time(end) + ".");
    }

    // MARK: One item

    function open(item) {
      if (opened === item.id) return close();
      close();
      opened = item.id;
      for (const node of $("answer").querySelectorAll("button[data-id='" + item.id + "']")) {
        node.setAttribute("aria-expanded", "true");
      }
      const [name, title] = titleOf(item);
      put($("detail-title"), title);
      const body = $("detail-body");
      const scores = el("dl", { class: "facts" });
      facts(scores, [
        ["Place", item.rank_by_retrieval + " before, " + item.rank + " after"],
        ["Retrieval score", fixed(item.retrieval_score, 5)], ["Logit", item.logit === null ? "not re-ranked" : fixed(item.logit, 5)],
        ["Probability", item.probability === null ? null : fixed(item.probability, 4)],
        ["Came from", "shard " + item.shard + ", slot " + count(item.slot)
          + (item.explanation && item.explanation.phase === "second search" ? ", second search" : "")],
        ["Id", name ? item.id : null],
      ]);
      body.replaceChildren(scores);
      if (item.explanation && item.explanation.parts.length) body.append(...partRows(item));
      else if (item.logit !== null) body.append(el("p", { class: "soft", text: !$("explain").checked
        ? "Ask with 'Explain the results' to see what makes up the logit."
        : item.rank > 100 || item.rank > Number($("k").value) ? "The first results are explained, 100 at most."
          : "There was no time left to explain this result." }));
      const attributes = Object.entries(item.attributes);
      if (attributes.length) {
        const list = el("dl", { class: "facts" });
        facts(list, attributes.map(([key, value]) => [key, valueText(value)]));
        body.append(el("h4", { text: "Attributes" }), list);
      }
      $("detail").hidden = false;
      $("detail-none").hidden = true;
    }
    function close() {
      if (opened === null) return false;
      const buttons = $("answer").querySelectorAll("button[data-id='" + opened + "']");
      opened = null;
      for (const node of buttons) node.setAttribute("aria-expanded", "false");
      // The focus goes back to the item, if it was inside.
      const target = [...buttons].find((node) => node.closest("#after")) || buttons[0];
      if (target && $("detail").contains(document.activeElement)) target.focus();
      $("detail").hidden = true;
      $("detail-none").hidden = false;
      return true;
    }

    function partRows(item) {
      const explanation = item.explanation;
      const parts = [...explanation.parts].sort((a, b) => Math.abs(b.logit) - Math.abs(a.logit));
      const most = Math.max(1e-9, ...parts.map((part) => Math.abs(part.logit)));
      const rows = parts.map((part) => {
        const bar = el("i", { class: part.logit < 0 ? "minus" : "" });
        const width = 50 * Math.abs(part.logit) / most;
        bar.style.width = width + "%";
        bar.style.left = (part.logit < 0 ? 50 - width : 50) + "%";
        const title = part.name || part.kind;
        return el("div", { class: "part" },
          el("div", { class: "name" }, el("b", { text: title, title }),
            el("span", { text: (part.name ? part.kind + " · " : "") + inputText(part.value, part.kind) })),
          el("div", { class: "bar", "aria-hidden": "true" }, bar),
          el("span", { class: "num", text: signed(part.logit, 3) }));
      });
      const sum = parts.reduce((sum, part) => sum + part.logit, explanation.base);
      rows.push(el("div", { class: "part" }, el("div", { class: "name" }, el("b", { text: "all candidates' mean" })),
        el("span"), el("span", { class: "num", text: signed(explanation.base, 3) })));
      rows.push(el("div", { class: "part total" }, el("div", { class: "name" }, el("b", { text: "logit" })), el("span"),
        el("span", { class: "num", text: signed(sum, 3) })));
      const nodes = [el("h4", { text: "What makes up the logit" }), el("div", { class: "parts" }, ...rows)];
      if (explanation.shared && explanation.shared.length) nodes.push(el("p", { class: "soft", text: "The same for all: "
        + explanation.shared.map((one) => (one.name || one.kind) + " " + inputText(one.value, one.kind)).join(", ") + "." }));
      return nodes;
    }

    """#
}
