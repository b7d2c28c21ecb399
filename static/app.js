// Comforts on top of pages that work without them.
"use strict";

const dialog = () => document.getElementById("new-experiment");

/** Says something for a while, also to screen readers. */
function toast(message, kind = "success") {
  const line = document.createElement("p");
  line.className = `toast ${kind}`;
  line.textContent = message;
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), kind === "error" ? 8000 : 4000);
}

// The form arrives in the dialog: show it. A refused form arrives anew: go to what is wrong.
document.addEventListener("htmx:after:swap", () => {
  const box = dialog();
  if (!box) return;
  if (box.childElementCount > 0 && !box.open) box.showModal();
  const fault = box.querySelector('[role="alert"]') && box.querySelector("[aria-invalid]");
  if (fault && !box.contains(document.activeElement)) fault.focus();
});

document.addEventListener("experiment-created", (event) => {
  const box = dialog();
  if (box) {
    box.close();
    // The next form is a new one, with a key of its own.
    box.replaceChildren();
  }
  // The same submission again is answered with the same row: show it once.
  const rows = document.querySelectorAll(`[id="experiment-${event.detail.id}"]`);
  for (const row of [...rows].slice(1)) row.remove();
});

document.addEventListener("toast", (event) => toast(event.detail.message, event.detail.kind));

// No answer at all: nothing was swapped, nothing typed is lost.
document.addEventListener("htmx:error", () => toast(document.body.dataset.offline, "error"));

document.addEventListener("keydown", (event) => {
  if (event.key !== "n" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, dialog[open]")) return;
  document.querySelector('[hx-target="#new-experiment"]')?.click();
});
