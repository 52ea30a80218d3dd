// Shards and their moves, and collections.

import { showArms, showLoopRuns } from "./arms.js";
import { offerCollections } from "./collections.js";
import { drawMap } from "./map.js";
import { $, colour, el, put, setLink } from "./page.js";
import { bytes, count, plain, time } from "./text.js";

let shown = [];

// Shards that are up, by the state that is shown.
export const shardsUp = () => shown.filter((shard) => shard.state.startsWith("up")).length;

export function showStatus(status) {
  shown = status.shards;
  const node = status.node;
  put($("node"), "cluster " + node.cluster.slice(0, 8) + " · " + node.build + " · up " + time(node.uptime_us)
    + (node.draining ? " · draining" : "") + (node.metadata ? " · " + node.metadata : ""));
  const up = status.shards.filter((shard) => shard.state.startsWith("up") && shard.missing === null).length;
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
  showArms(status.collections);
  showLoopRuns(status.loop_runs);
  showEvents(status.events);
  offerCollections(status.collections);
}

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
    el("th", { scope: "row" }, el("span", { class: "swatch", "aria-hidden": "true" }), el("span")),
    el("td", { class: "opt mono" }), el("td", { class: "num" }), el("td", { class: "num" }), el("td"), el("td"),
    el("td", { class: "opt soft" })));
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
    el("td", { class: "num" }), el("td", { class: "num" }), el("td", { class: "num opt" }),
    el("td", { class: "mono" })));
  collections.forEach((one, i) => cells(rows[i], [one.name, count(one.generation) + (one.active ? "" : ", beside"),
    count(one.items), bytes(one.memory_bytes), one.model === null ? "none" : one.model.slice(0, 8)]));
}

// The newest first.
function showEvents(events) {
  const rows = rowsOf($("event-rows"), events, () => el("tr", {}, el("th", { scope: "row", class: "soft" }), el("td"),
    el("td"), el("td"), el("td", { class: "opt soft" })));
  events.forEach((event, i) => {
    const ended = event.error !== null ? event.error : event.caller === null ? "–" : "done";
    cells(rows[i], [new Date(event.time_us / 1000).toLocaleString([], { hour12: false }), event.what,
      plain(event.subject) || "–", ended, event.caller === null ? "the cluster" : plain(event.caller)]);
    rows[i].children[3].className = event.error !== null ? "bad" : "";
    rows[i].title = plain(event.detail);
  });
}
