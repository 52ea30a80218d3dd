// The query box: what it says, and what is wrong with it.

import { $, el } from "./page.js";
import { count } from "./text.js";

export const fields = [
  "words", "user", "filter", "k", "depth", "collection", "session", "context", "facets", "diversity",
  "exclude", "vector", "page",
];

export class Mistake extends Error {
  constructor(field, message) { super(message); this.field = field; }
}

function ids(field) {
  const text = $(field).value.trim();
  if (text === "") return undefined;
  const parts = text.split(/[\s,;]+/).filter((part) => part !== "");
  for (const part of parts) if (!/^[0-9]{1,20}$/.test(part)) throw new Mistake(field, part + " is not an id");
  return parts;
}

function whole(field, least, most) {
  const text = $(field).value.trim();
  if (!/^[0-9]+$/.test(text) || Number(text) < least || Number(text) > most) {
    throw new Mistake(field, field + " is a whole number from " + count(least) + " to " + count(most));
  }
  return Number(text);
}

export function question() {
  const query = { k: whole("k", 1, 1000), depth: whole("depth", 1, 10000), explain: $("explain").checked };
  if (query.depth < query.k) throw new Mistake("depth", "depth is at least k");
  const pages = Math.ceil(Math.min(query.depth, 1000) / query.k);
  query.page = Math.min(whole("page", 1, 1000), pages);
  const user = $("user").value.trim();
  if (user !== "") {
    if (!/^[0-9]{1,20}$/.test(user)) throw new Mistake("user", "a user is a whole number");
    query.user = user;
  }
  if ($("words").value.trim() !== "") {
    query.words = $("words").value;
    query.as_typed = $("as-typed").checked;
  }
  if ($("filter").value.trim() !== "") query.filter = $("filter").value;
  if ($("collection").value !== "") query.collection = $("collection").value;
  const facets = $("facets").value.split(/[\s,;]+/).filter((name) => name !== "");
  if (facets.length) query.facets = facets;
  const diversity = $("diversity").value.trim();
  if (diversity !== "") {
    if (!(Number(diversity) >= 0 && Number(diversity) <= 1)) throw new Mistake("diversity", "diversity is 0 to 1");
    query.diversity = Number(diversity);
  }
  query.session = ids("session");
  query.exclude = ids("exclude");
  const vector = $("vector").value.trim();
  if (vector !== "") {
    try { query.vector = JSON.parse(vector.startsWith("[") ? vector : "[" + vector + "]"); } catch {
      throw new Mistake("vector", "a vector is a list of numbers, such as [0.1, -2]");
    }
  }
  for (const pair of $("context").value.split(",").map((pair) => pair.trim()).filter((pair) => pair !== "")) {
    const sign = pair.indexOf("=");
    if (sign < 1) throw new Mistake("context", "context is NAME=VALUE, more of them with commas between");
    const [name, value] = [pair.slice(0, sign).trim(), pair.slice(sign + 1).trim()];
    query.context = query.context || {};
    query.context[name] = value !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
  }
  if (!query.words && !query.user && !query.session && !query.vector) {
    throw new Mistake("user", "say who asks: a user, session items or a vector; or give words");
  }
  return query;
}

// Shows a mistake and leads to its field; null takes the last one away.
export function complain(message, name, field, caret) {
  const box = $("error");
  box.replaceChildren();
  for (const id of fields) $(id).removeAttribute("aria-invalid");
  if (message === null) return;
  box.append(el("strong", { text: name ? name + ": " : "" }), message);
  if (caret) box.append(el("pre", { text: caret }));
  if (field && fields.includes(field)) {
    $(field).setAttribute("aria-invalid", "true");
    if (!$(field).offsetParent) $("more").open = true;
    $(field).focus();
  }
}
