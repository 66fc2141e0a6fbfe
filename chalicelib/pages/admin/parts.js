// Changes of many servers, in requests that each take some.
import { explained, explainedBeside } from "../text/errors.js";

/** How many servers one request changes, as the dashboard has it. */
export const EDITED = 50;
export const DELETED = 20;

/**
 * Asks for parts of the servers, one after the other. ask(ids): resolves to {failed: [{id, error, message}]}. onPart(done):
 * called after each. Returns [{id, words}] of the servers that failed; once a part was refused, nothing more is sent, and
 * the rest has failed for the same reason.
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
