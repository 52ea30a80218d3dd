// Arms side by side, what answers miss, and the last runs of loops.

import { $, el, put } from "./page.js";
import { count, fixed, percent, plain, signed, time } from "./text.js";

function row(arm, i) {
  const each = (n) => arm.queries > 0 ? n / arm.queries : NaN;
  const texts = [arm.name, count(arm.generation), percent(arm.share), count(arm.queries),
    count(arm.failures), time(each(arm.us)), fixed(each(arm.clicks), 4),
    i === 0 || arm.width === 0 ? "–" : signed(arm.difference, 4) + " ± " + fixed(arm.width, 4)];
  return el("tr", {}, el("th", { scope: "row", text: texts[0] }),
    ...texts.slice(1).map((text) => el("td", { class: "num", text })));
}

// The newest first.
export function showLoopRuns(runs) {
  $("loop-part").hidden = runs.length === 0;
  $("loop-rows").replaceChildren(...runs.map((run) => el("li", {},
    el("span", { class: "soft", text: new Date(run.time_us / 1000).toLocaleString([], { hour12: false }) }),
    " " + plain(run.subject) + ": " + plain(run.detail))));
}

// What the coordinator that answers the page has seen.
export function showArms(collections) {
  const split = collections.filter((one) => one.active && one.experiment !== null);
  const measured = collections.filter((one) => one.active && one.loss !== null);
  $("arms-part").hidden = split.length === 0;
  $("arm-rows").replaceChildren(...split.flatMap((one) => one.experiment.arms.map(row)));
  put($("arms-soft"), split.map((one) => one.name + ": " + one.experiment.state
    + (one.experiment.reason ? ", " + plain(one.experiment.reason) : "")
    + (one.experiment.shadow === null ? "" : "; shadow " + count(one.experiment.shadow.generation) + ": "
      + count(one.experiment.shadow.shared) + " of " + count(one.experiment.shadow.results) + " results shared"))
    .join(" · "));
  put($("loss"), measured.map((one) => one.name + ": answers miss " + percent(one.loss.missed)
    + " of the best from ten times the depth, " + count(one.loss.results) + " results measured").join(" · "));
}
