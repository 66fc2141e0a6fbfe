// The order of servers: higher display indexes first, and lower IDs among equals, as in v0.
import { send } from "../base/api.js";
import { inParts } from "./parts.js";

const MOST = 1_000_000_000; // the dashboard's limit for display indexes, in both directions
const STEP = 10; // between a server at an end and its neighbor, to leave room for others

const isBefore = (a, b) => a.display_index > b.display_index || (a.display_index === b.display_index && a.id < b.id);

/** The list with the server at one place moved to another. */
export function moved(servers, from, to) {
  const order = [...servers];
  order.splice(to, 0, ...order.splice(from, 1));
  return order;
}

/** The new display indexes, by ID, that give servers this order. place: that of the server that was moved. */
export function indexesFor(order, place) {
  const ways = [single, above, below].map((way) => way(order, place)).filter(Boolean);
  const [best] = ways.sort((a, b) => a.size - b.size);
  return best && isInRange(best) ? best : spread(order);
}

/** Changes only the moved server; null if its neighbors leave no room. */
function single(order, place) {
  const { id, display_index: index } = order[place];
  const [over, under] = [order[place - 1], order[place + 1]];
  if (!over && !under) return new Map();
  const wanted = !over
    ? under.display_index + STEP
    : !under
      ? over.display_index - STEP
      : Math.floor((over.display_index + under.display_index) / 2);
  const one = { id, display_index: wanted };
  if ((over && !isBefore(over, one)) || (under && !isBefore(one, under))) return null;
  return wanted === index ? new Map() : new Map([[id, wanted]]);
}

/** Raises the moved server and, as far as needed, those above it. */
function above(order, place) {
  const changes = new Map();
  let under = order[place + 1];
  for (let at = place; at >= 0; at -= 1) {
    const one = order[at];
    if (at < place && isBefore(one, under)) break;
    if (under) {
      const index = under.display_index + (one.id < under.id ? 0 : 1);
      changes.set(one.id, index);
      under = { id: one.id, display_index: index };
    } else under = one;
  }
  return changes;
}

/** Lowers the moved server and, as far as needed, those below it. */
function below(order, place) {
  const changes = new Map();
  let over = order[place - 1];
  for (let at = place; at < order.length; at += 1) {
    const one = order[at];
    if (at > place && isBefore(over, one)) break;
    if (over) {
      const index = over.display_index - (one.id > over.id ? 0 : 1);
      changes.set(one.id, index);
      over = { id: one.id, display_index: index };
    } else over = one;
  }
  return changes;
}

const isInRange = (changes) => [...changes.values()].every((index) => Math.abs(index) <= MOST);

/** Gives every server a different index. */
const spread = (order) => new Map(order.map(({ id }, place) => [id, (order.length - place) * STEP]));

/** The servers in their order after these display indexes are saved. */
export function withIndexes(servers, indexes) {
  if (!indexes.size) return servers;
  const changed = servers.map((one) => (indexes.has(one.id) ? { ...one, display_index: indexes.get(one.id) } : one));
  return changed.sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

/** Saves display indexes by ID. Returns what failed, as inParts does. */
export function saveIndexes(indexes) {
  const ask = (ids) => send("PATCH", "api/server", { servers: ids.map((id) => ({ id, display_index: indexes.get(id) })) });
  return inParts([...indexes.keys()], ask);
}
