extension ConsolePage {
  /// The query box: what is asked, its mistakes, and the address of the page that asks it again.
  static let scriptQuery = #"""
    const form = $("form");
    const fields = ["user", "filter", "k", "depth", "collection", "session", "context", "exclude", "vector"];
    let asked = 0;

    class Mistake extends Error {
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
    function question() {
      const query = { k: whole("k", 1, 1000), depth: whole("depth", 1, 10000), explain: $("explain").checked };
      if (query.depth < query.k) throw new Mistake("depth", "depth is at least k");
      const user = $("user").value.trim();
      if (user !== "") {
        if (!/^[0-9]{1,20}$/.test(user)) throw new Mistake("user", "a user is a whole number");
        query.user = user;
      }
      if ($("filter").value.trim() !== "") query.filter = $("filter").value;
      if ($("collection").value !== "") query.collection = $("collection").value;
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
      if (!query.user && !query.session && !query.vector) {
        throw new Mistake("user", "say who asks: a user, session items or a vector");
      }
      return query;
    }

    function complain(message, name, field, caret) {
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

    async function submit() {
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

    function remember() {
      const state = new URLSearchParams();
      for (const id of fields) if ($(id).value !== "" && $(id).value !== $(id).defaultValue) state.set(id, $(id).value);
      history.replaceState(null, "", "#" + state);
    }
    function recall() {
      const state = new URLSearchParams(location.hash.slice(1));
      let known = false;
      for (const id of fields) {
        if (!state.has(id)) continue;
        known = true;
        if (id === "collection") wantedCollection = state.get(id);
        else $(id).value = state.get(id);
        if (["session", "context", "exclude", "vector", "collection"].includes(id)) $("more").open = true;
      }
      return known && (state.has("user") || state.has("session") || state.has("vector"));
    }

    // Collections to choose from, shoppers to try, attributes to filter by.
    let wantedCollection = null;
    let offered = "";
    function offerCollections(collections) {
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

    """#
}
