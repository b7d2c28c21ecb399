import type { ComponentChildren } from "preact";

/** A button and the menu it opens, as a native popover: it closes on Esc and on a click elsewhere.
 * Its children have `role="menuitem"` or `menuitemradio`; `app.js` adds the arrow keys. */
export function Menu({ id, label, button, children }: {
  id: string;
  /** What the menu is called; also the button's name. */
  label: string;
  button: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <>
      <button
        type="button"
        id={`${id}-button`}
        class="quiet"
        popovertarget={id}
        aria-haspopup="menu"
        aria-label={label}
      >
        {button}
      </button>
      <div id={id} role="menu" popover aria-labelledby={`${id}-button`}>{children}</div>
    </>
  );
}
