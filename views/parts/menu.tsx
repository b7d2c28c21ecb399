import type { ComponentChildren } from "preact";

/** A button that opens a menu in a native popover, which closes on Esc or an outside click.
 * Children need `role="menuitem"` or `menuitemradio`; `app.js` adds the arrow keys. */
export function Menu({ id, label, button, children }: {
  id: string;
  /** The accessible name of the button and the menu. */
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
