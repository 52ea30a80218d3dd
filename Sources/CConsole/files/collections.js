// Collections to choose from, shoppers to try, attributes to filter by.

import { $, el, put } from "./page.js";
import { submit } from "./query.js";

// The one that the address of the page names, until it has been offered.
let wantedCollection = null;
let offered = "";

export function wantCollection(name) { wantedCollection = name; }

export function offerCollections(collections) {
  const active = collections.filter((collection) => collection.active);
  const chosen = wantedCollection || $("collection").value || (active[0] || {}).name || "";
  const now = JSON.stringify([active, chosen]);
  if (now === offered) return;
  offered = now;
  $("collection").replaceChildren(...active.map((one) => el("option", { value: one.name, text: one.name })));
  $("collection").value = active.some((one) => one.name === chosen) ? chosen : (active[0] || {}).name || "";
  wantedCollection = null;
  const shown = active.find((one) => one.name === $("collection").value);
  $("users").replaceChildren(...(shown ? shown.users : []).map((id) => el("option", { value: id })));
  const attributes = $("attributes");
  attributes.replaceChildren();
  if (!shown) return put(attributes, "There is no collection yet: 'winnow collection create' makes one.");
  attributes.append("Filter by ");
  shown.attributes.forEach((attribute) => {
    attributes.append(el("code", { text: attribute.name, title: attribute.type }), " ");
  });
  if (shown.promise) attributes.append(" The model is " + shown.promise + ".");
  if (!shown.attributes.length) put(attributes, "Items of " + shown.name + " have no attributes to filter by.");
  const tries = $("tries");
  tries.replaceChildren();
  if (!shown.users.length || !$("answer").hidden) return;
  tries.append("Try user ");
  for (const id of shown.users.slice(0, 6)) {
    tries.append(el("button", { type: "button", class: "quiet", text: id, onclick: () => {
      $("user").value = id;
      submit();
    } }));
  }
}

$("collection").addEventListener("change", () => { offered = ""; });
