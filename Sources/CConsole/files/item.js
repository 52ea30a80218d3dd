// Words for one item.

import { el } from "./page.js";
import { fixed } from "./text.js";

// The attribute that serves as the title, if there is one, and the title.
export function titleOf(item) {
  for (const name of ["title", "name", "label"]) {
    if (typeof item.attributes[name] === "string" && item.attributes[name] !== "") return [name, item.attributes[name]];
  }
  return [null, "Item " + item.id];
}

// A title in which words that begin with a term of the query are marked.
export function marked(title, terms) {
  if (!terms || terms.length === 0) return [title];
  const folded = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return title.split(/([\p{L}\p{M}\p{N}]+)/u).map((word, place) => {
    const isHit = place % 2 === 1 && terms.some((term) => folded(word) === term
      || (term.length > 2 && folded(word).startsWith(term)));
    return isHit ? el("mark", { text: word }) : word;
  });
}

export function valueText(value) {
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object") return "length " + fixed(value.norm, 3);
  // The shortest text that reads back: these are numbers of the shop's data.
  return String(value);
}

// What an input of the model holds may be computed, with more digits than say anything.
export function inputText(value, kind) {
  const isOwn = kind === "attribute" || kind === "context";
  return typeof value === "number" && !isOwn ? valueText(Number(value.toPrecision(6))) : valueText(value);
}

// The other attributes on one line.
export function aside(item, title) {
  const words = Object.entries(item.attributes).filter(([name, value]) => name !== title && value !== null)
    .map(([name, value]) => typeof value === "boolean" ? (value ? "" : "not ") + name.replaceAll("_", " ")
      : typeof value === "number" ? name + " " + valueText(value) : valueText(value));
  return (title ? "#" + item.id + " · " : "") + words.filter((word) => word !== "").join(" · ");
}
