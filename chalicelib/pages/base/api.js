// Talks to the dashboard's own JSON routes. Addresses are relative to this file, so a stage prefix does not matter.
import { sessionEnded, sessionWorks } from "./session.js";

export const ROOT = new URL("../", import.meta.url);
const TIMEOUT_MS = 15_000;

/**
 * Raised when a request fails. status: 0 without an answer. error: the dashboard's stable name of what went wrong, ""
 * without an answer. field: the field that it is about, or "". limit: the bound that was exceeded. retryAfter: seconds.
 * message: in English.
 */
export class ApiError extends Error {
  constructor(status, { message = "", error = "", field = "", limit, retry_after: retryAfter } = {}) {
    super(String(message));
    Object.assign(this, { status, error: String(error), field: String(field), limit, retryAfter });
  }
}

/** Requests a path. Resolves to the result, and the dashboard's clock in Unix seconds at the moment of the answer. */
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
    throw new ApiError(response && !response.ok ? response.status : 0);
  }
  if (!response.ok || answer.code !== 0) throw new ApiError(response.status, answer);
  return { result: answer.result, now: clockOf(response) };
}

export const get = async (path) => (await ask(path)).result;

let changes = 0;

/** How many requests from this page have changed something, or may have. */
export const changesMade = () => changes;

/** Changes something with a session. If the request is refused, checks whether the session has ended. */
export async function send(method, path, body = {}) {
  try {
    return (await ask(path, { method, body })).result;
  } catch (error) {
    if (refused(error)) await withSession(() => ask("api/settings"));
    throw error;
  } finally {
    changes += 1;
  }
}

/**
 * What `read` resolves to with a session; null if the session has ended. Only a second refusal counts, because a password
 * change in another tab may set a new cookie between the two.
 */
export async function withSession(read) {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const result = await read();
      sessionWorks();
      return result;
    } catch (error) {
      if (!refused(error)) throw error;
    }
  }
  sessionEnded();
  return null;
}

const refused = (error) => error.status === 401 || error.status === 403;

/** The dashboard's clock when the answer arrived. An answer from a cache is as old as its Age header says. */
function clockOf(response) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  const age = Number(response.headers.get("Age")) || 0;
  return Number.isNaN(date) ? Date.now() / 1000 : date / 1000 + age;
}
