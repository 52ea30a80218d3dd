// Questions to the coordinator.

import { plain } from "./text.js";

// What the server says in JSON, made plain; `error` of the answer, or a reason why there is none.
export async function ask(path, body, patience = 12000) {
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
    try {
      value = JSON.parse(text, (key, value) => typeof value === "string" ? plain(value) : value);
    } catch { value = null; }
    if (value === null || !response.ok && !value.error) {
      value = { error: { name: "HTTP " + response.status, message: text.trim() } };
    }
    return { value, status: response.status };
  } catch (error) {
    return { lost: error.name === "AbortError" ? "no answer in time" : "no connection" };
  } finally { clearTimeout(timer); }
}
