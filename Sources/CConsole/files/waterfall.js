// Where the time of a query went.

import { colour, el, put } from "./page.js";
import { time } from "./text.js";

// Rows: the coordinator's own phases, and for each shard its trip with queue and scan inside.
export function drawFall(body, line, spans, total) {
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
