// What a shopper has done: the stored history, and buttons that add to it.

import { complain } from "./form.js";
import { $, el, put } from "./page.js";
import { ask } from "./server.js";
import { count } from "./text.js";

const shownMax = 12;
// The answer whose shopper is shown.
let shown = null;

// The history of the shopper of an answer.
export async function showHistory(answer) {
  shown = answer;
  $("history").hidden = answer.user === null;
  if (answer.user === null) return;
  const reply = await ask("/api/history", { collection: answer.collection, user: answer.user });
  // Another answer may have come meanwhile.
  if (shown !== answer) return;
  const failure = reply.lost || reply.value.error && reply.value.error.message;
  const events = failure ? [] : reply.value.events;
  put($("history-soft"), failure ? "It cannot be read: " + failure
    : events.length === 0 ? "Nothing is kept of user " + answer.user + " yet."
      : "User " + answer.user + (events.length === 1 ? ", one event" : ", " + count(events.length) + " events")
        + (events.length > shownMax ? ", the newest " + shownMax + " of them" : "")
        + (reply.value.marked ? "; they are a program's and change no answer" : ""));
  $("history-rows").replaceChildren(...events.slice(0, shownMax).map((event) => el("li", {},
    el("b", { text: event.kind }),
    " " + (event.item === null ? event.text : "#" + event.item + titled(answer, event.item)),
    el("span", { class: "soft", text: " " + new Date(event.time_us / 1000).toLocaleString([], { hour12: false }) }))));
}

function titled(answer, id) {
  const item = answer.results.find((one) => one.id === id);
  return item && typeof item.attributes.title === "string" ? " " + item.attributes.title : "";
}

// Buttons that say what the shopper does with an item; null without a shopper.
export function actions(item) {
  if (shown === null || shown.user === null) return null;
  const button = (kind, text) => el("button", { type: "button", class: "quiet", "data-kind": kind, text,
    onclick: (event) => tell(event.target, kind, item) });
  return el("p", { class: "actions" }, el("span", { class: "soft", text: "User " + shown.user + ": " }),
    button("click", "Clicks"), button("cart", "Puts it into the cart"), button("purchase", "Buys it"),
    button("hide", "Hides it"));
}

// Sends an event, and asks the query again: the next answer knows it.
async function tell(button, kind, item) {
  button.disabled = true;
  const reply = await ask("/api/event", { collection: shown.collection, user: shown.user, kind, item: item.id,
    place: item.rank, request: shown.report.request_id });
  button.disabled = false;
  if (reply.lost) return complain("the event is not known to be kept (" + reply.lost + ").", null, null);
  if (reply.value.error) return complain(reply.value.error.message, reply.value.error.name, null);
  $("form").requestSubmit();
}
