// What went wrong, in the reader's language.
import { has, t } from "./strings.js";

/**
 * An ApiError in words. The dashboard's stable name and its field choose the text; its own message, which is English,
 * is only shown where there is none. Anything else is a mistake of ours and thrown again.
 */
export function explained(error) {
  if (error.status === undefined) throw error;
  if (error.status === 0) return t("noAnswer");
  const key = [`error_${error.name}_${error.field}`, `error_${error.name}`].find(has);
  if (key) return t(key, { limit: error.limit });
  if (error.status === 429 || error.status === 503) return t("busyNow");
  return t("failed", { why: error.message || error.status });
}

/** The same beside the field that the error is about, where nobody needs to be told that something went wrong. */
export function explainedBeside(error) {
  const key = [`error_${error.name}_${error.field}`, `error_${error.name}`].find(has);
  return key ? t(key, { limit: error.limit }) : error.message;
}
