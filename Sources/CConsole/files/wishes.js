// What a search page has besides the list: facets as chips, rules that acted, and what moved an item.

import { $, el, put } from "./page.js";
import { count, fixed } from "./text.js";

// A value as the filter language writes it.
function quoted(value) { return /^[a-z0-9_-]+$/i.test(value) ? value : JSON.stringify(value); }

// Joins a predicate to the filter, and asks again.
function choose(attribute, value) {
  const filter = $("filter").value.trim();
  const predicate = attribute + " = " + quoted(value);
  $("filter").value = filter === "" ? predicate : "(" + filter + ") and " + predicate;
  $("form").requestSubmit();
}

export function showWishes(page) {
  const chips = page.facets.flatMap((facet) => [el("b", { text: " " + facet.attribute + " " }),
    ...facet.values.map((one) => el("button", { type: "button", class: "quiet", "data-facet": facet.attribute,
      onclick: () => choose(facet.attribute, one.value), text: one.value + " " + count(one.count) })),
    facet.other ? " other " + count(facet.other) : null]);
  $("facets-found").replaceChildren(...(page.facets.length ? [count(page.total) + " items pass."] : []),
    ...chips.filter((chip) => chip !== null));
  const lines = page.rules.map((rule) => "rule " + rule.rule + ": " + rule.outcome
    + (rule.message ? " (" + rule.message + ")" : ""));
  for (const step of page.steps) lines.push(step.step + " moved " + count(step.moved) + ", logits "
    + fixed(-step.cost, 3));
  put($("rules-found"), lines.join(" · "));
}

// Why an item stands elsewhere than its logit says; an empty text: it does not.
export function movesOf(item) {
  return item.moves.map((move) => move.step + " " + (move.places > 0 ? "+" : "") + move.places).join(", ");
}
