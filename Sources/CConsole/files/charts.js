// The charts of the last two minutes, from the differences of what the coordinator has counted.

import { $, put, shape } from "./page.js";
import { count, percent, rate, time } from "./text.js";

const readingsMax = 121;
let readings = [];

// A place in a histogram between two readings, within the bucket by the geometric mean's line.
function percentileOf(counts, bounds, share) {
  const total = counts.reduce((a, b) => a + b, 0);
  if (total === 0) return null;
  let seen = 0;
  for (let i = 0; i < counts.length; i += 1) {
    if (seen + counts[i] >= share * total) {
      const high = i < bounds.length ? bounds[i] : bounds[bounds.length - 1] * 2;
      const low = i > 0 ? bounds[i - 1] : high / 2;
      return low * Math.pow(high / low, (share * total - seen) / counts[i]);
    }
    seen += counts[i];
  }
  return bounds[bounds.length - 1];
}

// What happened between two readings.
function step(old, now) {
  const seconds = Math.max((now.uptime_us - old.uptime_us) / 1e6, 1e-3);
  const failed = Object.entries(now.errors).reduce((sum, [name, n]) => sum + n - (old.errors[name] || 0), 0);
  const answered = now.answered - old.answered;
  const latency = now.latency.counts.map((n, i) => n - old.latency.counts[i]);
  return {
    seconds, answered, failed, rate: answered / seconds, latency,
    coverage: answered > 0 ? (now.coverage_ppm - old.coverage_ppm) / answered / 1e6 : null,
    p: [0.5, 0.95, 0.99].map((share) => percentileOf(latency, now.latency.bounds_us, share)),
    inWork: now.in_work, waiting: now.waiting,
  };
}

export function addReading(now) {
  const last = readings[readings.length - 1];
  // A restart counts from 0 again.
  if (last && now.uptime_us < last.uptime_us) readings = [];
  readings.push(now);
  if (readings.length > readingsMax) readings.shift();
  drawCharts();
}

function drawCharts() {
  const steps = readings.slice(1).map((now, i) => step(readings[i], now));
  const now = readings[readings.length - 1];
  const recent = readings.length > 1 ? step(readings[Math.max(0, readings.length - 6)], now) : null;
  const shown = (pick) => steps.map(pick);

  put($("chart-rate").querySelector(".ago"), spanOf(steps.length) + " s ago");

  let most = nice(Math.max(1, ...shown((s) => s.rate)));
  draw("chart-rate", [["a-main", area(shown((s) => s.rate), most)], ["l-main", line(shown((s) => s.rate), most)]],
    recent ? rate(recent.rate) : "–", count(now.answered) + " in all", "top " + count(most));

  most = nice(Math.max(1000, ...shown((s) => s.p[2] || 0)));
  draw("chart-latency", [["l-99", line(shown((s) => s.p[2]), most)], ["l-95", line(shown((s) => s.p[1]), most)],
    ["l-50", line(shown((s) => s.p[0]), most)]], recent ? time(recent.p[2]) : "–",
    recent && recent.p[0] !== null ? "p99, p50 " + time(recent.p[0]) : "p99", "top " + time(most));

  const errors = shown((s) => s.failed / s.seconds);
  const bars = steps.map((s, i) => s.failed === 0 ? "" : "M" + x(i, steps.length) + ",40v"
    + -Math.max(4, 40 * errors[i] / Math.max(1, ...errors)) + "h-1.2V40z").join("");
  const errorCount = Object.values(now.errors).reduce((a, b) => a + b, 0);
  draw("chart-coverage", [["a-main", area(shown((s) => s.coverage), 1)], ["l-main", line(shown((s) => s.coverage), 1)],
    ["a-bad", bars]], recent && recent.coverage !== null ? percent(recent.coverage) : "–",
    count(now.partial) + " partial, " + count(errorCount) + " errors", "100 %");
  const isPartial = recent && recent.coverage !== null && recent.coverage < 1;
  $("chart-coverage").querySelector("b").className = isPartial ? "bad" : "";

  most = nice(Math.max(4, ...shown((s) => Math.max(s.inWork, s.waiting))));
  draw("chart-queue", [["a-main", area(shown((s) => s.inWork), most)], ["l-main", line(shown((s) => s.inWork), most)],
    ["l-wait", line(shown((s) => s.waiting), most)]], count(now.in_work), "of " + now.in_work_max + ", "
    + count(now.waiting) + " waiting", "top " + count(most));
}

// As wide as half a minute at least, so that a chart that has just begun can be read.
const spanOf = (n) => Math.max(30, n);

const x = (i, n) => (120 - (n - 1 - i) * (120 / (spanOf(n) - 1))).toFixed(2);
const y = (value, most) => (39 - 37 * Math.min(value / most, 1)).toFixed(2);

function line(values, most) {
  let path = "", isOn = false;
  values.forEach((value, i) => {
    if (value === null || !Number.isFinite(value)) { isOn = false; return; }
    const next = values[i + 1];
    // A lone value is a dash as wide as its second.
    const point = x(i, values.length) + "," + y(value, most);
    if (!isOn && (next === null || next === undefined)) path += "M" + point + "h-.9";
    path += (isOn ? "L" : "M") + point;
    isOn = true;
  });
  return path;
}

function area(values, most) {
  let path = "", start = -1;
  values.forEach((value, i) => {
    const isThere = value !== null && Number.isFinite(value);
    const place = x(i, values.length);
    if (isThere) path += (start < 0 ? "M" + place + ",40L" : "L") + place + "," + y(value, most);
    if (isThere && start < 0) start = i;
    const isLast = i === values.length - 1 || values[i + 1] === null;
    if (isThere && isLast) { path += "V40z"; start = -1; }
  });
  return path;
}

function nice(value) {
  const power = Math.pow(10, Math.floor(Math.log10(value)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 1.0001) || 10 * power;
}

function draw(id, paths, value, soft, most) {
  const chart = $(id), picture = chart.querySelector("svg");
  while (picture.childElementCount < paths.length) picture.append(shape("path", {}));
  paths.forEach(([name, d], i) => {
    picture.children[i].setAttribute("class", name);
    picture.children[i].setAttribute("d", d);
  });
  put(chart.querySelector(".now b"), value);
  put(chart.querySelector(".now span"), soft);
  put(chart.querySelector(".most"), most);
  picture.setAttribute("aria-label", chart.querySelector("figcaption").textContent + ": " + value + " " + soft);
}
