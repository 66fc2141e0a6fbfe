// Which lines of a list are chosen, with Shift for all between two of them.
import { useMemo, useRef } from "../base/html.js";
import { useKeptState } from "./drafts.js";

const NONE = new Set();

/**
 * {ids, has, toggle, all, none}. all: of what there is, by ID. ids: chosen ones that are still there, in their order.
 * toggle(place, shown, event): for the line at a place of what is shown. some(ids, wanted): chooses these, or does not.
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
