import type { ComponentChildren, JSX } from "preact";

/** A control with label, hint, original value and error message. `control` receives the `id` and
 * ARIA attributes that connect them. */
export function Field({ id, label, hint, original, error, focus = false, control }: {
  id: string;
  label: string;
  hint?: ComponentChildren;
  original?: Original | undefined;
  error?: string | undefined;
  /** Focuses the control when the page loads. */
  focus?: boolean;
  control: (attributes: ControlAttributes) => JSX.Element;
}) {
  const described = [
    hint && `${id}-hint`,
    original && `${id}-original`,
    error && `${id}-error`,
  ].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {control({
        id,
        "aria-invalid": error ? "true" : undefined,
        "aria-describedby": described || undefined,
        "data-original": original?.value,
        autofocus: focus,
      })}
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      {original && <OriginalMark id={`${id}-original`} original={original} />}
      {error && <p class="error" id={`${id}-error`}>{error}</p>}
    </div>
  );
}

/** The field's value in the experiment being cloned. */
export interface Original {
  /** As the form submits it. */
  value: string;
  text: string;
  /** Whether the control currently has this value; `app.js` updates the mark on input. */
  kept: boolean;
}

/** Visible while the field differs from the original. */
export function OriginalMark({ id, original }: { id: string; original: Original }) {
  return <p class="original" id={id} hidden={original.kept}>{original.text}</p>;
}

export interface ControlAttributes {
  id: string;
  "aria-invalid": "true" | undefined;
  "aria-describedby": string | undefined;
  "data-original": string | undefined;
  autofocus: boolean;
}
