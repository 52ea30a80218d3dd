// A query: asked once, and only the answer to the latest one is shown.

import { remember } from "./address.js";
import { showAnswer } from "./answer.js";
import { Mistake, complain, question } from "./form.js";
import { $ } from "./page.js";
import { ask } from "./server.js";

let asked = 0;

// Asks for another page of the same list.
export function turn(pages) {
  $("page").value = Math.max(1, Number($("page").value) + pages);
  submit();
}

export async function submit() {
  let query;
  try { query = question(); } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return complain(error.message, null, error.field);
  }
  remember();
  const mine = (asked += 1);
  $("ask").setAttribute("aria-busy", "true");
  $("answer").classList.add("old");
  const reply = await ask("/api/rank", query);
  // Only the latest question's answer is shown.
  if (mine !== asked) return;
  $("ask").removeAttribute("aria-busy");
  if (reply.lost) return complain("the coordinator gave no answer (" + reply.lost + ").", null, null);
  const error = reply.value.error;
  if (error) {
    const where = { BAD_FILTER: "filter", UNKNOWN_USER: "user", UNKNOWN_COLLECTION: "collection",
      DIMENSION_MISMATCH: "vector" }[error.name] || (error.field || "").split(/[.[]/)[0];
    return complain(error.message, error.name, where, error.caret);
  }
  complain(null);
  $("answer").classList.remove("old");
  showAnswer(reply.value);
}
