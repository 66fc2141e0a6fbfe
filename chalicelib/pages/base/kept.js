// Answers that change rarely, or by what somebody does here: asked for again only when they are old.
import { changesMade, get } from "./api.js";

const known = new Map(); // by path: {answer, at, changes}

/** What this route answered at most so many seconds ago, and since the last change that was made here. */
export async function kept(path, seconds) {
  const old = known.get(path);
  const [at, changes] = [Date.now(), changesMade()];
  if (old && old.changes === changes && at >= old.at && at < old.at + 1000 * seconds) return old.answer;
  const answer = await get(path);
  known.set(path, { answer, at, changes });
  return answer;
}
