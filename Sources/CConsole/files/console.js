// The console: its keys and forms, and its start.

import { recall } from "./address.js";
import { wantCollection } from "./collections.js";
import { closeItem } from "./detail.js";
import { $ } from "./page.js";
import { submit, turn } from "./query.js";
import { completeWords } from "./suggest.js";
import { watch } from "./watch.js";

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  $("page").value = 1;
  submit();
});
$("page-back").addEventListener("click", () => turn(-1));
$("page-on").addEventListener("click", () => turn(1));
$("detail-close").addEventListener("click", closeItem);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = document.activeElement;
  const isTyping = at && (at.tagName === "INPUT" && at.type !== "checkbox" || at.tagName === "SELECT");
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    $("user").focus();
    $("user").select();
  } else if (event.key === "Escape") {
    if (!closeItem() && isTyping) at.blur();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && at && at.classList.contains("hit")) {
    event.preventDefault();
    const hits = [...at.closest("ol").querySelectorAll(".hit")];
    const next = hits[hits.indexOf(at) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) next.focus();
  } else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && at && at.classList.contains("hit")) {
    event.preventDefault();
    const other = $(event.key === "ArrowLeft" ? "before" : "after");
    const hits = [...other.querySelectorAll(".hit")];
    const same = hits.find((node) => node.dataset.id === at.dataset.id);
    if (same || hits[0]) (same || hits[0]).focus();
  }
});

completeWords();
const recalled = recall();
wantCollection(recalled.collection);
if (recalled.isQuestion) submit();
watch();
