// What went wrong, in the reader's language.
import { duration } from "./format.js";
import { has, t } from "./strings.js";

/** An ApiError in words. Any other error is a bug, and is thrown again. */
export function explained(error) {
  if (error.status === undefined) throw error;
  if (error.status === 0) return t("noAnswer");
  return named(error) ?? unnamed(error) ?? t("failed", { why: error.message || error.status });
}

/** An answer without an error name, of which only the status is known: from a gateway in front, or after a crash. */
function unnamed({ status }) {
  if (status === 429) return t("error_busy");
  return status >= 500 ? t("brokenDown", { status: String(status) }) : undefined;
}

/** The same beside the field that the error is about. */
export const explainedBeside = (error) => named(error) ?? error.message;

/** The text for the dashboard's stable name of an error; undefined if there is none. */
function named({ error, limit, retryAfter }) {
  const key = `error_${error}`;
  return has(key) ? t(key, { count: limit, time: duration(retryAfter) }) : undefined;
}
