// Data that rarely changes, or only through changes made here: requested again only when it is old.
import { changesMade, get } from "./api.js";

const known = new Map(); // by path: {answer: a promise, at, changes}

/** What this route answered at most so many seconds ago, and since the last change that was made here. */
export function kept(path, seconds) {
  const old = known.get(path);
  const [at, changes] = [Date.now(), changesMade()];
  if (old && old.changes === changes && at >= old.at && at < old.at + 1000 * seconds) return old.answer;
  const answer = get(path);
  known.set(path, { answer, at, changes });
  answer.catch(() => known.delete(path));
  return answer;
}
