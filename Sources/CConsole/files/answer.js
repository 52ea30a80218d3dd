// An answer: both orders with the moves between them, and what was searched.

import { clearDetail, openItem } from "./detail.js";
import { showHistory } from "./history.js";
import { aside, marked, titleOf } from "./item.js";
import { $, el, facts, put, shape } from "./page.js";
import { count, fixed, percent, time } from "./text.js";
import { drawFall } from "./waterfall.js";
import { movesOf, showWishes } from "./wishes.js";

// A result as a row of one of the two orders.
function hit(item, place, score, chip, kind, extra) {
  const [name, title] = titleOf(item);
  return el("li", {}, el("button", {
    type: "button", class: "hit " + (extra || ""), "data-id": item.id, "aria-expanded": "false",
    "aria-controls": "detail",
    onclick: () => openItem(item), onfocus: () => light(item.id, true), onblur: () => light(item.id, false),
    onmouseenter: () => light(item.id, true), onmouseleave: () => light(item.id, false),
  },
  el("span", { class: "place", text: place }),
  el("span", { class: "what" }, el("b", { title }, ...marked(title, item.matched)),
    el("span", { text: aside(item, name) })),
  el("span", { class: "scores" }, el("span", { class: "value", text: score }),
    el("span", { class: "chip " + kind, text: chip }))));
}

// An item in both orders, and the line between.
function light(id, on) {
  for (const node of $("answer").querySelectorAll("[data-id='" + id + "']")) node.classList.toggle("lit", on);
}

export function showAnswer(answer) {
  clearDetail();
  $("tries").replaceChildren();
  const report = answer.report;
  const isShown = (place) => place > answer.first && place <= answer.first + answer.k;
  const after = answer.results.filter((item) => isShown(item.rank)).sort((a, b) => a.rank - b.rank);
  const before = answer.results.filter((item) => isShown(item.rank_by_retrieval))
    .sort((a, b) => a.rank_by_retrieval - b.rank_by_retrieval);
  put($("after-what"), answer.ranked ? "by the model" : "there is no model: the same order");
  $("before").replaceChildren(...before.map((item) => hit(item, item.rank_by_retrieval,
    fixed(item.retrieval_score, 4), item.rank === item.rank_by_retrieval ? "stays" : "→ " + item.rank, "",
    isShown(item.rank) ? "" : "gone")));
  $("after").replaceChildren(...after.map((item) => {
    const climbed = item.rank_by_retrieval - item.rank;
    const score = item.logit === null ? "not re-ranked" : fixed(item.logit, 3);
    const place = climbed === 0 ? "= same" : (climbed > 0 ? "▲ " : "▼ ") + Math.abs(climbed)
      + " was " + item.rank_by_retrieval;
    return hit(item, item.rank, score, place + (item.moves.length ? " · " + movesOf(item) : ""),
      climbed > 0 ? "up" : climbed < 0 ? "down" : "", isShown(item.rank_by_retrieval) ? "" : "fresh");
  }));
  drawMoves(answer, isShown, Math.max(before.length, after.length));
  showPages(answer, after.length);
  $("answer").hidden = false;
  $("answer").querySelector(".orders").hidden = answer.results.length === 0;
  $("answer").querySelector(".side").hidden = answer.results.length === 0;
  summarise(answer);
  showWords(answer.words);
  showWishes(answer.page);
  drawFall($("fall-body"), $("straggler"), report.waterfall, answer.elapsed_us);
  showFacts(answer);
  showHistory(answer);
  // Where there is room beside the list, the first result is open from the start.
  if (after.length && matchMedia("(min-width: 1081px)").matches) openItem(after[0]);
}

// One unit of the picture is a row high, so the lines meet the rows at any width.
function drawMoves(answer, isShown, rows) {
  const picture = $("moves");
  picture.setAttribute("viewBox", "0 0 100 " + Math.max(rows, 1));
  picture.replaceChildren(...answer.results.map((item) => {
    const [from, to] = [item.rank_by_retrieval, item.rank].map((place) => place - answer.first - 0.5);
    const kind = from > to ? "up" : from < to ? "down" : "";
    if (!isShown(item.rank_by_retrieval)) {
      return shape("path", { d: "M60," + to + " H100", class: kind + " cut", "data-id": item.id });
    }
    if (!isShown(item.rank)) {
      return shape("path", { d: "M0," + from + " H40", class: kind + " cut", "data-id": item.id });
    }
    return shape("path", { d: "M0," + from + " C55," + from + " 45," + to + " 100," + to, class: kind,
      "data-id": item.id });
  }));
}

// Which page of the list is shown, and whether there are others.
function showPages(answer, shown) {
  $("pages").hidden = answer.compared <= answer.k;
  put($("page-at"), "places " + count(answer.first + 1) + " to " + count(answer.first + shown) + " of "
    + count(answer.compared));
  $("page-back").disabled = answer.first === 0;
  $("page-on").disabled = answer.first + answer.k >= answer.compared;
}

function summarise(answer) {
  const report = answer.report;
  const line = $("summary");
  const shown = Math.min(answer.k, Math.max(0, answer.compared - answer.first));
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

// What was searched for besides the words that were typed.
function showWords(words) {
  const changes = words === null ? [] : words.changes;
  const lines = changes.map((one) => one.rule + ": " + one.from + " → " + one.to.join(", "));
  const unknown = words === null || words.lexicon_missing ? []
    : words.terms.filter((one) => one.weight === 1 && !one.known).map((one) => one.term);
  if (unknown.length) lines.push("not in the lexicon: " + unknown.join(", "));
  if (words !== null && words.state !== "found") lines.unshift("no item has any of the words");
  put($("words-found"), lines.join(" · "));
}

function showFacts(answer) {
  const report = answer.report;
  facts($("facts"), [
    ["Shards that answered", report.shards_answered + " of " + report.shards],
    ["Items covered", count(report.items_covered)], ["Scored", count(report.scanned)],
    ["Passed the filter", count(report.passed)], ["Candidates", count(report.candidates)],
    ["Re-ranked", count(report.reranked)], ["Second searches", count(report.reasks)],
    ["Query from", report.query_source
      + (report.events_counted ? ` (${count(report.events_counted)} events)` : "")],
    ["Model is", report.promise],
    ["Arm", report.arm],
    ["By words", answer.words ? count(answer.words.by_words) : null],
    ["Events skipped", report.events_skipped ? count(report.events_skipped) : null],
    ["History", report.history === "not asked" ? null : report.history + (report.history_counted
      ? ` (${count(report.history_counted)} events, the newest ${time(report.history_newest_us)} old)` : "")],
    ["Left out by history", report.history_excluded ? count(report.history_excluded) : null],
    ["Logits not finite", report.not_finite ? count(report.not_finite) : null],
    ["Generation", count(report.generation)], ["Model", report.model || "none"], ["Shard map", count(report.epoch)],
    ["Orders compared", "the first " + count(answer.compared)],
    ["Request", report.request_id || null],
  ]);
}
