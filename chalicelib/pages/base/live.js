// Live data: requested repeatedly while somebody is looking, and shown with its age.
import { useCallback, useEffect, useRef, useState } from "./html.js";

const LONGEST_WAIT = 60;
const TICK_MS = 5000;

/**
 * {data, error, at, stale, refresh}: the last good answer, why the newest attempt failed (null if it did not), when the
 * good answer arrived (Date.now()), and whether that is too long ago. seconds(data): the pause between two attempts, which
 * doubles after failures. A hidden tab requests nothing. When it is shown again, it requests data as soon as that is due.
 * The same applies while `wanted` is false.
 */
export function useLive(load, seconds, wanted = true) {
  const [state, setState] = useState({ data: null, error: null, at: 0 });
  const [stale, setStale] = useState(false);
  const calls = useRef({ attempt() {}, look() {} }).current;
  const needed = useRef(wanted);
  const refresh = useCallback(() => calls.attempt(), []);

  useEffect(() => {
    let timer = 0;
    let failures = 0;
    let running = false;
    let over = false;
    let asked = false;
    let pause = 0; // until the next attempt, in milliseconds
    let next = 0; // when it is due, as Date.now()
    let oldAt = Infinity; // from when on the data is too old, as Date.now()

    async function attempt() {
      clearTimeout(timer);
      if (running) {
        asked = true;
        return;
      }
      running = true;
      asked = false;
      try {
        const data = await load();
        failures = 0;
        pause = 1000 * seconds(data);
        oldAt = Date.now() + 3 * pause + TICK_MS;
        if (!over) {
          setState({ data, error: null, at: Date.now() });
          setStale(false);
        }
      } catch (error) {
        failures += 1;
        pause = 1000 * Math.min(LONGEST_WAIT, seconds(null) * 2 ** (failures - 1));
        if (!over) setState((old) => ({ ...old, error }));
      }
      running = false;
      next = Date.now() + pause;
      if (asked && !over) attempt();
      else wait();
    }

    function wait() {
      clearTimeout(timer);
      if (over || running || document.hidden || !needed.current) return;
      const left = next - Date.now();
      if (left > 0 && left <= pause) timer = setTimeout(attempt, left);
      else attempt(); // it is due, or the clock was set
    }

    /** Called when somebody may be looking again. A failed attempt is repeated at once. */
    function look() {
      if (failures) next = 0;
      wait();
    }

    Object.assign(calls, { attempt, look });
    document.addEventListener("visibilitychange", look);
    window.addEventListener("online", attempt);
    look();
    const ticking = setInterval(() => document.hidden || setStale(Date.now() > oldAt), TICK_MS);
    return () => {
      over = true;
      clearTimeout(timer);
      clearInterval(ticking);
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("online", attempt);
    };
  }, [load]);

  useEffect(() => {
    needed.current = wanted;
    calls.look();
  }, [wanted]);

  return { ...state, stale, refresh };
}
