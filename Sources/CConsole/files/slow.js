// Slow queries.

import { $, el, put } from "./page.js";
import { count, percent, time } from "./text.js";
import { drawFall } from "./waterfall.js";

let slowShown = "";

export function showSlow(slow) {
  put($("slow-soft"), slow.threshold_us === 0 ? "" : count(slow.total) + " took " + time(slow.threshold_us)
    + " or longer" + (slow.total > slow.queries.length ? "; the last " + slow.queries.length : ""));
  const state = JSON.stringify(slow.queries.map((query) => query.id));
  if (state === slowShown) return;
  slowShown = state;
  const isOpen = new Set([...$("slow-rows").querySelectorAll("details[open]")].map((node) => node.dataset.id));
  if (!slow.queries.length) {
    const why = slow.threshold_us === 0 ? "None is kept: --slow-query-threshold is 0."
      : "None since the coordinator started.";
    return $("slow-rows").replaceChildren(el("li", { class: "soft", text: why }));
  }
  const focused = document.activeElement?.closest("#slow-rows details")?.dataset.id;
  $("slow-rows").replaceChildren(...slow.queries.map((query) => {
    const fall = el("div", { class: "fall" }), line = el("p", { class: "soft" });
    drawFall(fall, line, query.waterfall, query.us);
    const asker = query.user !== null ? "user " + query.user
      : query.session_items ? query.session_items + " session items" : "";
    const who = [query.collection, asker, query.filter ? "filter " + query.filter : "", "k " + query.k + " of "
      + query.depth].filter((part) => part).join(" · ");
    return el("li", {}, el("details", { "data-id": query.id, open: isOpen.has(query.id) },
      el("summary", {}, el("b", { class: "mono", text: time(query.us) }),
        el("span", { class: "soft",
          text: new Date(Date.now() - query.age_us / 1000).toLocaleTimeString([], { hour12: false }) }),
        el("span", { class: "text", text: who, title: who }),
        el("span", { class: "cover " + (query.coverage === 1 ? "soft" : "bad"),
          text: query.coverage === null ? query.error : percent(query.coverage) })),
      el("div", { class: "inside" }, line, fall)));
  }));
  // A new row must not take the focus from the one that a person is about to open.
  [...$("slow-rows").querySelectorAll("details")].find((node) => node.dataset.id === focused)?.firstChild.focus();
}
