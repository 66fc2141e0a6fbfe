// Which lines of a list are chosen. With Shift, all lines between two are.
import { useMemo, useRef } from "../base/html.js";
import { useKeptState } from "./drafts.js";

const NONE = new Set();

/**
 * {ids, has(id), toggle, some, only(ids)}. all: what can be chosen, each with an ID. ids: the chosen IDs that still exist,
 * in the order of `all`. toggle(place, shown, event): toggles the line at a place in the list `shown`. some(ids, wanted):
 * chooses these IDs, or removes them from the chosen ones. only(ids): chooses these and no others.
 */
export function useChosen(all) {
  const [chosen, setChosen] = useKeptState("chosen servers", NONE);
  const anchor = useRef(null);
  const ids = useMemo(() => all.map(({ id }) => id).filter((id) => chosen.has(id)), [all, chosen]);

  function some(these, wanted) {
    setChosen((old) => {
      const next = new Set(old);
      for (const id of these) {
        if (wanted) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  }

  function toggle(place, shown, event) {
    const { id } = shown[place];
    const wanted = event.currentTarget.checked;
    const other = event.shiftKey ? shown.findIndex((one) => one.id === anchor.current) : -1;
    const [first, last] = other < 0 ? [place, place] : [Math.min(place, other), Math.max(place, other)];
    some(shown.slice(first, last + 1).map((one) => one.id), wanted);
    anchor.current = id;
  }

  return { ids, has: (id) => chosen.has(id), toggle, some, only: (these) => setChosen(new Set(these)) };
}
