// The address of the page: it holds the query box, so that a link asks the query again.

import { fields } from "./form.js";
import { $ } from "./page.js";

// Puts what the box says into the address.
export function remember() {
  const state = new URLSearchParams();
  for (const id of fields) if ($(id).value !== "" && $(id).value !== $(id).defaultValue) state.set(id, $(id).value);
  history.replaceState(null, "", "#" + state);
}

// Fills the box from the address: `collection` is the one to choose once there are some, `isQuestion` whether the box
// can be asked as it is.
export function recall() {
  const state = new URLSearchParams(location.hash.slice(1));
  let collection = null;
  for (const id of fields) {
    if (!state.has(id)) continue;
    if (id === "collection") collection = state.get(id);
    else $(id).value = state.get(id);
    if (!["words", "user", "filter", "k", "depth"].includes(id)) $("more").open = true;
  }
  return { collection, isQuestion: state.has("user") || state.has("session") || state.has("vector") };
}
