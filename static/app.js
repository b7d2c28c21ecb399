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

// What arrives in a dialog opens it. A refused form arrives anew: go to what is wrong.
document.addEventListener("htmx:after:swap", ({ detail: { ctx: { target } } }) => {
  if (target instanceof HTMLDialogElement && !target.open) target.showModal();
  const box = dialog();
  if (!box) return;
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
  document.querySelector('.primary[hx-target="#new-experiment"]')?.click();
});

// A choice made closes its menu; the focus goes back to the menu's button.
document.addEventListener("click", ({ target }) => {
  if (target.closest('[role="menuitem"]')) target.closest("[popover]")?.hidePopover();
});

// Copies the text of the element that a button names.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  // For whom copying fails: the text is there to be taken by hand.
  getSelection().selectAllChildren(source);
  // Browsers give the clipboard to safe origins alone; within one's own network many have none.
  const copied = navigator.clipboard
    ? await navigator.clipboard.writeText(source.textContent).then(() => true, () => false)
    : document.execCommand("copy");
  if (copied) toast(button.dataset.copied);
});

// In a clone, what differs from the original is marked as it is typed.
document.addEventListener("input", ({ target }) => {
  const mark = target.closest(".field")?.querySelector(".original");
  if (!mark) return;
  const value = target.type === "checkbox" ? String(target.checked) : target.value;
  mark.hidden = value === target.dataset.original;
});
