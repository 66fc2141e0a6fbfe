// Dialogs, using the browser's own: focus stays inside, Escape closes them, and focus returns to where it was.
import { html, useLayoutEffect, useRef } from "../base/html.js";
import { t } from "../text/strings.js";
import { Icon } from "./icons.js";
import { SessionNotice } from "./notices.js";

/** A dialog to fill in, or to read once. A press outside does not close it, because typed values would be lost. */
export function Dialog({ title, onClose, children }) {
  const heading = useRef(null);
  return html`<${Modal} class="dialog" labelledby="dialog-title" heading=${heading} onClose=${onClose}>
    <div class="head">
      <h2 id="dialog-title" ref=${heading} tabindex="-1">${title}</h2>
      <button class="icon-button" type="button" onClick=${onClose} aria-label=${t("close")}><${Icon} name="close" /></button>
    </div>
    <${SessionNotice} />
    ${children}
  <//>`;
}

/** A dialog to look at or to choose from, at the bottom of a small screen. A press outside closes it. */
export function Sheet({ title, onClose, children }) {
  const heading = useRef(null);
  return html`<${Modal} class="dialog sheet" labelledby="dialog-title" heading=${heading} onClose=${onClose} light>
    <div class="head">
      <h2 id="dialog-title" ref=${heading} tabindex="-1">${title}</h2>
      <button class="icon-button" type="button" onClick=${onClose} aria-label=${t("close")}><${Icon} name="close" /></button>
    </div>
    ${children}
  <//>`;
}

/** light: whether a press outside closes it. heading: gets the focus if nothing inside has `autofocus`. */
export function Modal({ labelledby, label, heading, onClose, light = false, children, ...rest }) {
  const box = useRef(null);
  // A layout effect: when one dialog follows another, the first must return the focus before the second takes it.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = box.current;
    dialog.showModal();
    // A form's first field has `autofocus`. Elsewhere, reading should begin at the title, not at the close button.
    if (!dialog.querySelector("[autofocus]")) heading?.current.focus();
    return () => {
      dialog.close(); // while it is open, nothing outside can have the focus
      if (before?.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  function onCancel(event) {
    event.preventDefault();
    onClose();
  }

  // A press that began inside and ended outside, as when selecting text, does not close it.
  const pressed = useRef(false);
  return html`<dialog
    ref=${box}
    aria-labelledby=${labelledby}
    aria-label=${label}
    onCancel=${onCancel}
    onMouseDown=${(event) => (pressed.current = event.target === box.current)}
    onClick=${(event) => light && event.target === box.current && pressed.current && onClose()}
    ...${rest}
  >
    <div class="inside">${children}</div>
  </dialog>`;
}
