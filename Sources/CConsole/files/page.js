// Elements of the page. Text of items reaches the page as text only, never as HTML.

export const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

// An element: attributes by name, `text`, `on…` for events; children are elements or texts.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// Changes a text only when it is another one, so that what reads the page aloud stays quiet.
export function put(node, text) { if (node.textContent !== text) node.textContent = text; }

export const colour = (shard) => "c" + (((shard % 8) + 8) % 8);

// A list of names and values; a value of null is left out.
export function facts(list, pairs) {
  list.replaceChildren(...pairs.filter((pair) => pair[1] !== null).flatMap(([name, value]) =>
    [el("dt", { text: name }), el("dd", { text: value })]));
}

// How the page stands with the coordinator, at the top right.
export function setLink(kind, text) {
  $("link").className = "pill " + kind;
  put($("link-text"), text);
}

// A text beside the pointer.
const tip = $("tip");

export function showTip(event, text) {
  put(tip, text);
  tip.hidden = false;
  const left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8);
  tip.style.left = Math.max(8, left) + "px";
  tip.style.top = event.clientY + 16 + "px";
}

export function hideTip() { tip.hidden = true; }
