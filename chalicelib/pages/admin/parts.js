// Changes to many servers, in several requests.
import { explained, explainedBeside } from "../text/errors.js";

/** How many servers one request may change or delete: the dashboard's limits. */
export const EDITED = 50;
export const DELETED = 20;

/**
 * Sends a request for each part of the servers, one after the other. ask(ids): sends one, and resolves to {failed: [{id,
 * error, message}]}. onPart(done): called after each. Returns [{id, words}] of the servers that failed. If a request is
 * refused, no more are sent, and all remaining servers have failed for the same reason.
 */
export async function inParts(ids, ask, { size = EDITED, onPart = () => {} } = {}) {
  const failed = [];
  for (let done = 0; done < ids.length; done += size) {
    const part = ids.slice(done, done + size);
    try {
      const answer = await ask(part);
      failed.push(...answer.failed.map((one) => ({ id: one.id, words: explainedBeside(one) })));
    } catch (error) {
      const words = explained(error);
      return [...failed, ...ids.slice(done).map((id) => ({ id, words }))];
    }
    onPart(Math.min(done + size, ids.length));
  }
  return failed;
}
