// A dialog that the browser keeps: focus stays inside, Escape closes it, focus goes back to where it was.
import { html, useEffect, useRef } from "./html.js";
import { Icon, SessionNotice } from "./site.js";
import { t } from "./text/strings.js";

/** wide: for looking only, so that a press beside it closes it; elsewhere that would lose what was typed or shown once. */
export function Dialog({ title, onClose, wide = false, children }) {
  const box = useRef(null);
  const heading = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    // A form's first field has asked for focus; elsewhere reading begins at the title, not at the button that closes.
    if (!box.current.querySelector("[autofocus]")) heading.current.focus();
    return () => {
      if (before?.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  function onCancel(event) {
    event.preventDefault();
    onClose();
  }

  // A press that began inside and ended outside, as when text is selected, closes nothing.
  const pressed = useRef(false);
  return html`<dialog
    ref=${box}
    class=${wide ? "wide-dialog" : ""}
    aria-labelledby="dialog-title"
    onCancel=${onCancel}
    onMouseDown=${(event) => (pressed.current = event.target === box.current)}
    onClick=${(event) => wide && event.target === box.current && pressed.current && onClose()}
  >
    <div class="dialog">
      <header>
        <h2 id="dialog-title" ref=${heading} tabindex="-1">${title}</h2>
        <button type="button" class="quiet square" onClick=${onClose} aria-label=${t("close")}>
          <${Icon} name="close" />
        </button>
      </header>
      <${SessionNotice} />
      ${children}
    </div>
  </dialog>`;
}
