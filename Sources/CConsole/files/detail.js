// One item of an answer: why it stands where it stands.

import { actions } from "./history.js";
import { inputText, titleOf, valueText } from "./item.js";
import { $, el, facts, put } from "./page.js";
import { count, fixed, signed } from "./text.js";

let opened = null;

// Opens an item, or closes it if it is open.
export function openItem(item) {
  if (opened === item.id) return closeItem();
  closeItem();
  opened = item.id;
  for (const node of $("answer").querySelectorAll("button[data-id='" + item.id + "']")) {
    node.setAttribute("aria-expanded", "true");
  }
  const [name, title] = titleOf(item);
  put($("detail-title"), title);
  const body = $("detail-body");
  const phase = item.explanation ? item.explanation.phase : "";
  const scores = el("dl", { class: "facts" });
  facts(scores, [
    ["Place", item.rank_by_retrieval + " before, " + item.rank + " after"],
    ["Retrieval score", fixed(item.retrieval_score, 5)],
    ["Logit", item.logit === null ? "not re-ranked" : fixed(item.logit, 5)],
    ["Probability", item.probability === null ? null : fixed(item.probability, 4)],
    ["Came from", "shard " + item.shard + ", slot " + count(item.slot)
      + (["second search", "own items"].includes(phase) ? `, ${phase}` : "")],
    ["Id", name ? item.id : null],
  ]);
  const acts = actions(item);
  body.replaceChildren(...(acts ? [scores, acts] : [scores]));
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

// Another answer is shown: no item of it is open.
export function clearDetail() {
  opened = null;
  $("detail").hidden = true;
  $("detail-none").hidden = false;
}

// Closes the open item; false if there is none.
export function closeItem() {
  if (opened === null) return false;
  const buttons = $("answer").querySelectorAll("button[data-id='" + opened + "']");
  for (const node of buttons) node.setAttribute("aria-expanded", "false");
  // The focus goes back to the item, if it was inside.
  const target = [...buttons].find((node) => node.closest("#after")) || buttons[0];
  if (target && $("detail").contains(document.activeElement)) target.focus();
  clearDetail();
  return true;
}

// A bar for each input of the model: what it adds to the logit, the largest first.
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
  const shared = (explanation.shared || []).map((one) => (one.name || one.kind) + " " + inputText(one.value, one.kind));
  if (shared.length) nodes.push(el("p", { class: "soft", text: "The same for all: " + shared.join(", ") + "." }));
  return nodes;
}
