// Numbers and texts as people read them.

const grouped = new Intl.NumberFormat("en");
export const count = (n) => grouped.format(n);

export function fixed(x, digits) {
  return x === null || x === undefined || !Number.isFinite(x) ? "–" : x.toFixed(digits).replace("-", "−");
}

export function signed(x, digits) { return (x >= 0 ? "+" : "−") + Math.abs(x).toFixed(digits); }

export function time(us) {
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

export function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (n >= 1024 && unit < 4) { n /= 1024; unit += 1; }
  return (unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)) + " " + units[unit];
}

// Never rounds a gap away: 99.97 % is not 100 %.
export function percent(share) {
  const shown = Math.floor(share * 1000 + 1e-6) / 10;
  return (shown === Math.round(shown) ? Math.round(shown) : shown.toFixed(1)) + " %";
}

export function rate(x) { return x >= 100 ? count(Math.round(x)) : x >= 10 ? x.toFixed(1) : x.toFixed(2); }

// A text of others as a person can see it: nothing in it is hidden or turns the direction of what stands beside it.
export function plain(text) {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{DI}\ufff9-\ufffb]/gu, (one) => {
    const code = one.codePointAt(0);
    if (one === "\n" || one === "\t" || (code >= 0xfe00 && code <= 0xfe0f)) return one;
    return String.fromCodePoint(code < 0x20 ? 0x2400 + code : code === 0x7f ? 0x2421 : 0xfffd);
  });
}
