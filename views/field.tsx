import type { ComponentChildren, JSX } from "preact";

/** A labelled control with its hint and, when it is at fault, its message. `control` gets the
 * attributes that tie the three together. */
export function Field({ id, label, hint, error, focus = false, control }: {
  id: string;
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  /** Whether the page should start here. */
  focus?: boolean;
  control: (attributes: ControlAttributes) => JSX.Element;
}) {
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {control({
        id,
        "aria-invalid": error ? "true" : undefined,
        "aria-describedby": described || undefined,
        autofocus: focus,
      })}
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      {error && <p class="error" id={`${id}-error`}>{error}</p>}
    </div>
  );
}

export interface ControlAttributes {
  id: string;
  "aria-invalid": "true" | undefined;
  "aria-describedby": string | undefined;
  autofocus: boolean;
}
