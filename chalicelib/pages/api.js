// Talks to the dashboard's own JSON routes. Addresses are relative to this file, so a stage prefix does not matter.
import { remember, remembered } from "./storage.js";

export const ROOT = new URL("../", import.meta.url);
const TIMEOUT_MS = 15_000;

/** Raised when an answer is no success. status: 0 when there was none. field: what the message is about, or "". */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
    this.field = /^"(\w+)"/.exec(message)?.[1] ?? "";
  }
}

/** The result, and the dashboard's clock in Unix seconds at the moment of the answer. */
export async function ask(path, { method = "GET", body } = {}) {
  let response, answer;
  try {
    response = await fetch(new URL(path, ROOT), {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    answer = await response.json();
  } catch {
    throw new ApiError(response && !response.ok ? response.status : 0, "");
  }
  if (!response.ok || answer.code !== 0) throw new ApiError(response.status, String(answer.message ?? ""));
  return { result: answer.result, now: clockOf(response) };
}

export const get = async (path) => (await ask(path)).result;
export const send = async (method, path, body = {}) => (await ask(path, { method, body })).result;

/**
 * What `read` gets with a session, null when that is over. Only a second refusal says so: a password that was changed
 * in another tab brings a new cookie between the two.
 */
export async function withSession(read) {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (error.status !== 401 && error.status !== 403) throw error;
    }
  }
  return null;
}

/** An answer that a cache kept is as old as the cache says. */
function clockOf(response) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  const age = Number(response.headers.get("Age")) || 0;
  return Number.isNaN(date) ? Date.now() / 1000 : date / 1000 + age;
}

/** The cookie is out of a script's sight; this remembers that there should be one. */
export const seemsSignedIn = () => remembered("signed-in") === "1";
export const rememberSignedIn = (signedIn) => remember("signed-in", signedIn ? "1" : null);
