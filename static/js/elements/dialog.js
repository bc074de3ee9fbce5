/**
 * What our modal dialogs share: the opener gets the focus back, keys typed inside stay inside (Esc closes the dialog and
 * never stops a run), a click on the backdrop closes, and so do buttons with data-close.
 */

/** Prepares a dialog once. */
export function prepareDialog(/** @type {HTMLDialogElement} */ dialog) {
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target === dialog ? isOutside(dialog, event) : target.closest("[data-close]")) dialog.close();
  });
}

function isOutside(/** @type {HTMLDialogElement} */ dialog, /** @type {MouseEvent} */ { clientX: x, clientY: y }) {
  const box = dialog.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

/** Opens it and waits until it is closed; then the focus is where it was, or at `fallback` if that is gone. */
export function openDialog(/** @type {HTMLDialogElement} */ dialog, /** @type {HTMLElement | null} */ fallback = null) {
  const opener = document.activeElement;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        const back = opener instanceof HTMLElement && opener.isConnected && opener !== document.body ? opener : fallback;
        back?.focus();
        resolve(dialog.returnValue);
      },
      { once: true },
    );
  });
}
