// Comforts on top of pages that work without them.
"use strict";

const on = (type, listen, capture = false) => document.addEventListener(type, listen, capture);

// Toasts: said for a while, also to screen readers.
function toast(message, kind = "success") {
  const line = document.createElement("p");
  line.className = `toast ${kind}`;
  line.textContent = message;
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), kind === "error" ? 8000 : 4000);
}
on("toast", ({ detail }) => toast(detail.message, detail.kind));

// No answer, or one that is not ours: nothing was swapped, nothing typed is lost.
const sayUnreachable = () => toast(document.body.dataset.offline, "error");
on("htmx:error", sayUnreachable);
on("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.response.status !== 422 && !ctx.hx.trigger) sayUnreachable();
});

// What arrives in a dialog opens it. A refused form arrives anew: go to what is wrong.
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
    // The next form is a new one, with a key of its own.
    box.replaceChildren();
  }
  // The same submission again is answered with the same row: show it once.
  const rows = document.querySelectorAll(`[id="experiment-${detail.id}"]`);
  for (const row of [...rows].slice(1)) row.remove();
});

// The theme, without loading the page anew.
on("theme", ({ detail: { theme } }) => {
  document.documentElement.dataset.theme = theme;
  for (const item of document.querySelectorAll('[name="theme"]')) {
    item.setAttribute("aria-checked", String(item.value === theme));
  }
});

// A choice made closes its menu; the focus goes back to the menu's button.
on("click", ({ target }) => {
  if (target.closest('[role^="menuitem"]')) target.closest("[popover]")?.hidePopover();
});

// Copies the text of the element that a button names.
on("click", async ({ target }) => {
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
on("input", ({ target }) => {
  const mark = target.closest(".field")?.querySelector(".original");
  if (!mark) return;
  const value = target.type === "checkbox" ? String(target.checked) : target.value;
  mark.hidden = value === target.dataset.original;
});

// Ages grow: a minute after a minute.
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

// Keys: `n` new experiment, `/` search; arrows in menus.
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

// A password can be shown.
for (const button of document.querySelectorAll("button[data-reveals]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const input = document.getElementById(button.dataset.reveals);
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
}
