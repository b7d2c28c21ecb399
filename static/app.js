// Enhancements. Every page also works without JavaScript.
"use strict";

const on = (type, listen, capture = false) => document.addEventListener(type, listen, capture);

// Toasts. `#toasts` is a live region, so screen readers announce them.
function toast(message, kind = "success") {
  const line = document.createElement("p");
  line.className = `toast ${kind}`;
  line.textContent = message;
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), kind === "error" ? 8000 : 4000);
}
on("toast", ({ detail }) => toast(detail.message, detail.kind));

// No response, or an error without a toast: htmx swapped nothing, so the input is still there.
const sayUnreachable = () => toast(document.body.dataset.offline, "error");
on("htmx:error", sayUnreachable);
on("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.response.status !== 422 && !ctx.hx.trigger) sayUnreachable();
});

// Open the dialog that content was swapped into. After a rejected form, focus the first invalid
// field.
const dialog = () => document.getElementById("new-experiment");
on("htmx:after:swap", ({ detail: { ctx: { target } } }) => {
  if (target instanceof HTMLDialogElement && !target.open) target.showModal();
  const box = dialog();
  if (!box) return;
  const fault = box.querySelector('[role="alert"]') && box.querySelector("[aria-invalid]");
  if (fault && !box.contains(document.activeElement)) fault.focus();
});
on("experiment-created", ({ detail }) => {
  const box = dialog();
  if (box) {
    box.close();
    // The next form is loaded again, with a new idempotency key.
    box.replaceChildren();
  }
  // A repeated submission returns the same row: keep one.
  const rows = document.querySelectorAll(`[id="experiment-${detail.id}"]`);
  for (const row of [...rows].slice(1)) row.remove();
});

// Apply a new theme without reloading the page.
on("theme", ({ detail: { theme } }) => {
  document.documentElement.dataset.theme = theme;
  for (const item of document.querySelectorAll('[name="theme"]')) {
    item.setAttribute("aria-checked", String(item.value === theme));
  }
});

// Close the menu after a choice; the browser returns the focus to its button.
on("click", ({ target }) => {
  if (target.closest('[role^="menuitem"]')) target.closest("[popover]")?.hidePopover();
});

// `data-copy` is the id of the element whose text a button copies.
on("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  // Select the text, so that it can be copied by hand if this fails.
  getSelection().selectAllChildren(source);
  // `navigator.clipboard` exists only on HTTPS and localhost; many local servers are plain HTTP.
  const copied = navigator.clipboard
    ? await navigator.clipboard.writeText(source.textContent).then(() => true, () => false)
    : document.execCommand("copy");
  if (copied) toast(button.dataset.copied);
});

// In a clone, mark the fields that differ from the original.
on("input", ({ target }) => {
  const mark = target.closest(".field")?.querySelector(".original");
  if (!mark) return;
  const value = target.type === "checkbox" ? String(target.checked) : target.value;
  mark.hidden = value === target.dataset.original;
});

// Update relative times.
const MINUTE = 60_000;
function age(time) {
  const { lang } = document.documentElement;
  const minutes = Math.floor((Date.now() - Date.parse(time.dateTime)) / MINUTE);
  if (minutes < 1) return time.dataset.justNow;
  if (minutes >= 24 * 60) return time.dateTime.slice(0, 10);
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: "always" });
  return minutes < 60
    ? relative.format(-minutes, "minute")
    : relative.format(-Math.floor(minutes / 60), "hour");
}
setInterval(() => {
  for (const time of document.querySelectorAll("time[data-just-now]")) time.textContent = age(time);
}, MINUTE / 2);

// Keys: `n` for a new experiment, `/` for search, arrows in menus.
const menuItems = (menu) => [...menu.querySelectorAll('[role^="menuitem"]')];
on("toggle", ({ target, newState }) => {
  if (target.role === "menu" && newState === "open") menuItems(target)[0]?.focus();
}, true);
on("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const { key, target } = event;
  const menu = target.closest('[role="menu"]');
  if (menu) {
    const items = menuItems(menu);
    const here = items.indexOf(target);
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: -1 }[key];
    if (next === undefined) return;
    event.preventDefault();
    items.at(next % items.length).focus();
  } else if (target.matches('[aria-haspopup="menu"]') && key === "ArrowDown") {
    event.preventDefault();
    target.click();
  } else if (!target.closest("input, select, textarea, dialog[open]")) {
    const wanted = { n: '.primary[hx-target="#new-experiment"]', "/": "[type=search]" }[key];
    const control = wanted && document.querySelector(wanted);
    if (!control) return;
    event.preventDefault();
    if (key === "n") control.click();
    else control.focus();
  }
});

// Buttons that show the password.
for (const button of document.querySelectorAll("button[data-reveals]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const input = document.getElementById(button.dataset.reveals);
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
}
