// "/" and Ctrl-K open the palette.
import { useEffect } from "../base/html.js";

export function usePaletteKeys(onOpen) {
  useEffect(() => {
    function onKey(event) {
      const writing = event.target.closest?.("input, select, textarea, dialog");
      const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !writing;
      const letter = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.target.closest?.("dialog");
      if (!slash && !letter) return;
      event.preventDefault();
      onOpen();
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onOpen]);
}
