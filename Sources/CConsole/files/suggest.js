// The list of completions below the search box.

import { $, el } from "./page.js";
import { submit } from "./query.js";
import { ask } from "./server.js";
import { count } from "./text.js";

const box = $("words");
const list = el("ul", { id: "suggestions", role: "listbox", class: "suggestions", hidden: true,
  "aria-label": "Completions" });
// Only the answer to what was typed last is shown, and one question is under way at a time.
let typed = 0, isAsking = false, chosen = -1;

function close() {
  list.hidden = true;
  chosen = -1;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

function choose(index) {
  const options = [...list.querySelectorAll("[role=option]")];
  if (options.length === 0) return;
  chosen = (index + options.length + 1) % (options.length + 1);
  options.forEach((option, place) => option.setAttribute("aria-selected", String(place === chosen)));
  if (chosen < options.length) box.setAttribute("aria-activedescendant", options[chosen].id);
  else box.removeAttribute("aria-activedescendant");
}

function take(text) {
  box.value = text;
  close();
  submit();
}

// What was typed stays plain, what a completion adds is bold.
function marked(text, prefix) {
  const start = text.toLowerCase().startsWith(prefix.trim()) ? prefix.trim().length : 0;
  return [text.slice(0, start), el("b", { text: text.slice(start) })];
}

function show(found) {
  if (found.queries.length === 0 || document.activeElement !== box) return close();
  const options = found.queries.map((query, place) => el("li", {
    role: "option", id: "suggestion-" + place, "aria-selected": "false",
    onpointerdown: (event) => { event.preventDefault(); take(query.text); } },
    el("span", {}, ...marked(query.text, found.prefix)),
    el("span", { class: "soft", text: query.own ? "searched before" : count(query.users) + " shoppers" })));
  const where = found.categories.map((category) => category.name).join(", ");
  list.replaceChildren(
    ...(found.corrected ? [el("li", { class: "soft", role: "presentation", text: "Shown for " + found.prefix })] : []),
    ...options,
    ...(where ? [el("li", { class: "soft", role: "presentation", text: "Others went on in " + where })] : []));
  chosen = -1;
  list.hidden = false;
  box.setAttribute("aria-expanded", "true");
}

async function complete() {
  typed += 1;
  if (isAsking) return;
  isAsking = true;
  let mine;
  do {
    mine = typed;
    const user = $("user").value.trim();
    const reply = await ask("/api/suggest", {
      prefix: box.value.slice(0, 64), collection: $("collection").value || undefined,
      user: /^[0-9]{1,20}$/.test(user) ? user : undefined });
    if (mine === typed) reply.lost || reply.value.error ? close() : show(reply.value);
  } while (mine !== typed);
  isAsking = false;
}

export function completeWords() {
  if (!box) return;
  box.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-controls", "suggestions"], ["aria-expanded", "false"],
    ["aria-autocomplete", "list"]]) box.setAttribute(name, value);
  box.addEventListener("input", complete);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const options = [...list.querySelectorAll("[role=option]")];
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? options.length - 1 : chosen - 1);
    else if (event.key === "Enter" && options[chosen]) take(options[chosen].firstChild.textContent);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
