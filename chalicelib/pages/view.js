// How the status page shows its servers: in rows, or in cards where there is little room or a whole wall.
import { useEffect, useLayoutEffect, useState } from "./html.js";
import { remember, remembered } from "./storage.js";

const NARROW = matchMedia("(max-width: 47.5em)"); // the style sheets' own bound
const WALL = 1800;
const ROOT = document.documentElement;

// Hundredths of a rem, of the style sheets. AROUND: the height of all that is neither a card nor a group's name.
export const HEIGHTS = { group: 46, row: 58, card: 152 };
const CARD = 300;
const GAP = 12;
const MARGIN = 20;
const AROUND = 340;

const SCALES = Array.from({ length: 31 }, (_, index) => 2.5 - 0.05 * index);

/**
 * {narrow, cards, columns, unit, choose}: whether cards are shown, how many stand side by side, how many pixels a
 * hundredth of a rem takes, and how to change to "rows" or "cards". groups: how many servers each group has.
 */
export function useView(groups = []) {
  const [chosen, setChosen] = useState(remembered("view"));
  const [size, setSize] = useState(sizeOfPage);
  const [unit, setUnit] = useState(unitNow);
  useEffect(() => {
    const look = () => setSize(sizeOfPage());
    window.addEventListener("resize", look);
    return () => window.removeEventListener("resize", look);
  }, []);
  const [width, height] = size;
  const narrow = NARROW.matches;
  const cards = narrow || (chosen ?? (width >= WALL ? "cards" : "rows")) === "cards";
  useLayoutEffect(() => {
    ROOT.style.removeProperty("--scale");
    const scale = cards && width >= WALL && fitting(width, height, groups);
    if (scale) ROOT.style.setProperty("--scale", scale);
    setUnit(unitNow());
  }, [width, height, cards, groups.join()]);
  return {
    narrow,
    cards,
    columns: narrow ? 1 : columnsOf(width / unit),
    unit,
    choose: (view) => {
      remember("view", view);
      setChosen(view);
    },
  };
}

/** The largest scale at which a wall shows all cards without scrolling; undefined where there is none. */
function fitting(width, height, groups) {
  if (!groups.length) return undefined;
  const own = unitNow() / scaleNow(); // of whoever reads larger text
  return SCALES.find((scale) => {
    const columns = columnsOf(width / (own * scale));
    const shelves = groups.reduce((sum, count) => sum + Math.ceil(count / columns), 0);
    return own * scale * (AROUND + groups.length * HEIGHTS.group + shelves * HEIGHTS.card) <= height;
  });
}

const columnsOf = (width) => Math.max(1, Math.floor((width - 2 * MARGIN + GAP) / (CARD + GAP)));
const unitNow = () => parseFloat(getComputedStyle(ROOT).fontSize) / 100;
const scaleNow = () => Number(getComputedStyle(ROOT).getPropertyValue("--scale")) || 1;
const sizeOfPage = () => [ROOT.clientWidth, ROOT.clientHeight];
