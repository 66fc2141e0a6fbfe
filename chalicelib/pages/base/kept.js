// Data that rarely changes, or only through changes made here: requested again only when it is old.
import { changesMade, get } from "./api.js";

const known = new Map(); // by path: {answer: a promise, at, changes}

/** The result of this route. It is at most `seconds` old, and newer than the last change made from this page. */
export function kept(path, seconds) {
  const old = known.get(path);
  const [at, changes] = [Date.now(), changesMade()];
  if (old && old.changes === changes && at >= old.at && at < old.at + 1000 * seconds) return old.answer;
  const answer = get(path);
  known.set(path, { answer, at, changes });
  answer.catch(() => known.delete(path));
  return answer;
}
