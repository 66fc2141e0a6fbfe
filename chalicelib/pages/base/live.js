// Data that stays new: asked for again and again while somebody looks, and honest about its age.
import { useCallback, useEffect, useRef, useState } from "./html.js";

const LONGEST_WAIT = 60;

/**
 * {data, error, at, stale, refresh}: the last good answer, why the newest attempt failed (null when it did not), when
 * the good one came (Date.now()), and whether that is too long ago. `seconds(data)` is the pause between two attempts;
 * after failures it doubles. A hidden tab asks for nothing, and asks at once when it is looked at again.
 */
export function useLive(load, seconds) {
  const [state, setState] = useState({ data: null, error: null, at: 0 });
  const [, setTick] = useState(0);
  const again = useRef(() => {});
  const refresh = useCallback(() => again.current(), []);

  useEffect(() => {
    let timer = 0;
    let failures = 0;
    let running = false;
    let over = false;
    let asked = false;

    async function attempt() {
      clearTimeout(timer);
      if (running) {
        asked = true;
        return;
      }
      running = true;
      asked = false;
      let pause = seconds(null);
      try {
        const data = await load();
        failures = 0;
        pause = seconds(data);
        if (!over) setState({ data, error: null, at: Date.now() });
      } catch (error) {
        failures += 1;
        pause = Math.min(LONGEST_WAIT, pause * 2 ** (failures - 1));
        if (!over) setState((old) => ({ ...old, error }));
      }
      running = false;
      if (over) return;
      if (asked) attempt();
      else if (!document.hidden) timer = setTimeout(attempt, pause * 1000);
    }

    function onVisibility() {
      if (document.hidden) clearTimeout(timer);
      else attempt();
    }

    again.current = attempt;
    document.addEventListener("visibilitychange", onVisibility);
    window.addEventListener("online", attempt);
    if (!document.hidden) attempt();
    const ticking = setInterval(() => document.hidden || setTick((tick) => tick + 1), 5000);
    return () => {
      over = true;
      clearTimeout(timer);
      clearInterval(ticking);
      document.removeEventListener("visibilitychange", onVisibility);
      window.removeEventListener("online", attempt);
    };
  }, [load]);

  const stale = state.at > 0 && Date.now() - state.at > 3000 * seconds(state.data) + 5000;
  return { ...state, stale, refresh };
}
