extension ConsolePage {
  /// Small things that the rest of the script uses. Text of items reaches the page as text only, never as HTML.
  static let scriptCore = #"""
    "use strict";
    const $ = (id) => document.getElementById(id);
    const SVG = "http://www.w3.org/2000/svg";

    // An element: attributes by name, `text`, `on…` for events; children are elements or texts.
    function el(tag, attributes = {}, ...children) {
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
    function shape(tag, attributes) {
      const node = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
      return node;
    }
    // Changes a text only when it is another one, so that what reads the page aloud stays quiet.
    function put(node, text) { if (node.textContent !== text) node.textContent = text; }

    const grouped = new Intl.NumberFormat("en");
    const count = (n) => grouped.format(n);
    function fixed(x, digits) {
      return x === null || x === undefined || !Number.isFinite(x) ? "–" : x.toFixed(digits).replace("-", "−");
    }
    function signed(x, digits) { return (x >= 0 ? "+" : "−") + Math.abs(x).toFixed(digits); }
    function time(us) {
      if (us === null || us === undefined || !Number.isFinite(us)) return "–";
      if (us < 1000) return Math.round(us) + " µs";
      if (us < 10000) return (us / 1000).toFixed(2) + " ms";
      if (us < 1e6) return (us / 1000).toFixed(us < 1e5 ? 1 : 0) + " ms";
      if (us < 120e6) return (us / 1e6).toFixed(us < 1e7 ? 1 : 0) + " s";
      const minutes = Math.floor(us / 60e6);
      if (minutes < 120) return minutes + " min";
      const hours = Math.floor(minutes / 60);
      return hours < 48 ? hours + " h" : Math.floor(hours / 24) + " days";
    }
    function bytes(n) {
      const units = ["B", "KiB", "MiB", "GiB", "TiB"];
      let unit = 0;
      while (n >= 1024 && unit < 4) { n /= 1024; unit += 1; }
      return (unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)) + " " + units[unit];
    }
    // Never rounds a gap away: 99.97 % is not 100 %.
    function percent(share) {
      const shown = Math.floor(share * 1000 + 1e-6) / 10;
      return (shown === Math.round(shown) ? Math.round(shown) : shown.toFixed(1)) + " %";
    }
    function rate(x) { return x >= 100 ? count(Math.round(x)) : x >= 10 ? x.toFixed(1) : x.toFixed(2); }
    const colour = (shard) => "c" + (((shard % 8) + 8) % 8);

    // A text of others as a person can see it: nothing in it is hidden or turns the direction of what stands beside it.
    function plain(text) {
      return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{DI}\ufff9-\ufffb]/gu, (one) => {
        const code = one.codePointAt(0);
        if (one === "\n" || one === "\t" || (code >= 0xfe00 && code <= 0xfe0f)) return one;
        return String.fromCodePoint(code < 0x20 ? 0x2400 + code : code === 0x7f ? 0x2421 : 0xfffd);
      });
    }

    // What the server says in JSON, made plain; `error` of the answer, or a reason why there is none.
    async function ask(path, body, patience = 12000) {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), patience);
      try {
        const response = await fetch(path, {
          method: body === undefined ? "GET" : "POST",
          headers: body === undefined ? {} : { "Content-Type": "application/json" },
          body: body === undefined ? undefined : JSON.stringify(body),
          cache: "no-store", credentials: "omit", signal: controller.signal,
        });
        const text = plain(await response.text());
        let value;
        try { value = JSON.parse(text, (key, value) => typeof value === "string" ? plain(value) : value); } catch { value = { error: { name: "HTTP " + response.status, message: text.trim() } }; }
        if (!response.ok && !value.error) value = { error: { name: "HTTP " + response.status, message: text.trim() } };
        return { value, status: response.status };
      } catch (error) {
        return { lost: error.name === "AbortError" ? "no answer in time" : "no connection" };
      } finally { clearTimeout(timer); }
    }

    // A text beside the pointer.
    const tip = $("tip");
    function showTip(event, text) {
      put(tip, text);
      tip.hidden = false;
      const left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8);
      tip.style.left = Math.max(8, left) + "px";
      tip.style.top = event.clientY + 16 + "px";
    }
    function hideTip() { tip.hidden = true; }

    """#
}
