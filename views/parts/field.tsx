import type { ComponentChildren, JSX } from "preact";

/** A labelled control with its hint, what it was in the original and, when it is at fault, its
 * message. `control` gets the attributes that tie them together. */
export function Field({ id, label, hint, original, error, focus = false, control }: {
  id: string;
  label: string;
  hint?: ComponentChildren;
  original?: Original | undefined;
  error?: string | undefined;
  /** Whether the page should start here. */
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

/** What a field was in the experiment that is being cloned. */
export interface Original {
  /** As the control sends it. */
  value: string;
  text: string;
  /** Whether the control has it now; static/app.js follows what is typed. */
  kept: boolean;
}

/** Shown while the field differs from the original. */
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
