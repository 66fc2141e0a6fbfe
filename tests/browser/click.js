// Returns the middle of the element `found` once nothing covers it there. If the page then moves and the click hits another
// element, the page does not receive the click, and `missed` stays true.
const [box] = found?.getClientRects() ?? [];
if (!box) return null;
const middle = [box.x + box.width / 2, box.y + box.height / 2];
if (!found.contains(document.elementFromPoint(...middle))) {
  found.scrollIntoView({ block: "center", behavior: "instant" });
  return null;
}
window.missed = true;
window.guard?.abort();
window.guard = new AbortController();
for (const kind of ["mousedown", "click"]) {
  const guard = (event) => {
    const hit = found.contains(event.target);
    if (!hit) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    if (kind === "mousedown") return;
    window.missed = !hit;
    window.guard.abort();
  };
  addEventListener(kind, guard, { capture: true, signal: window.guard.signal });
}
return middle;
