// How the status page shows its servers: in rows, or in cards where there is little room or a whole wall.
import { useEffect, useState } from "./html.js";
import { remember, remembered } from "./storage.js";

const NARROW = matchMedia("(max-width: 760px)"); // the style sheets' own bound
const WALL = 1800;
const CARD = 300;
const GAP = 12;

/** {narrow, cards, columns, choose}: whether cards are shown, how many stand side by side, and how to change that. */
export function useView() {
  const [chosen, setChosen] = useState(remembered("view"));
  const [width, setWidth] = useState(widthOfPage);
  useEffect(() => {
    const look = () => setWidth(widthOfPage());
    window.addEventListener("resize", look);
    return () => window.removeEventListener("resize", look);
  }, []);
  const narrow = NARROW.matches;
  const cards = narrow || (chosen ?? (width >= WALL ? "cards" : "rows")) === "cards";
  return {
    narrow,
    cards,
    columns: narrow ? 1 : Math.max(1, Math.floor((width - 2 * 20 + GAP) / (CARD + GAP))),
    choose: (view) => {
      remember("view", view);
      setChosen(view);
    },
  };
}

const widthOfPage = () => document.documentElement.clientWidth;
