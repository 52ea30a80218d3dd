// The slots as a map: each shard in its colour, missing ones crossed out.

import { $, colour, hideTip, put, shape, showTip } from "./page.js";
import { count } from "./text.js";

const slotCount = 4096, columns = 128;
let mapDrawn = "";
const owners = new Array(slotCount).fill(null);

export function drawMap(shards) {
  const state = JSON.stringify(shards.map((shard) => [shard.id, shard.ranges, shard.missing !== null]));
  if (state === mapDrawn) return;
  mapDrawn = state;
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
  const missing = shard.missing === null ? "" : " · " + shard.missing;
  showTip(event, "slot " + count(slot) + " · shard " + shard.id + missing);
});

$("map").addEventListener("mouseleave", hideTip);
