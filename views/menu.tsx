import type { ComponentChildren } from "preact";

/** A button and the menu it opens, as a native popover: it closes on Esc and on a click elsewhere.
 * Its children have `role="menuitem"` or `menuitemradio`; `app.js` adds the arrow keys. */
export function Menu({ id, label, button, children }: {
  id: string;
  /** What the menu is called; also the button's name when `button` is only a sign. */
  label: string;
  button: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <>
      <button
        type="button"
        class="quiet"
        popovertarget={id}
        aria-haspopup="menu"
        aria-label={label}
      >
        {button}
      </button>
      <div id={id} class="menu" role="menu" aria-label={label} popover="auto">{children}</div>
    </>
  );
}
