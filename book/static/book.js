// What a page does once it is there: theme, contents, progress, copying.
// Everything reads without it.
"use strict";

const root = document.documentElement;
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// --- light and dark: the reader's choice is kept, the system's is followed until then
const chosenTheme = () => {
  try { return localStorage.getItem("theme"); } catch { return null; }
};
for (const button of all("[data-action=theme]")) {
  button.addEventListener("click", () => {
    const theme = root.dataset.theme === "dark" ? "light" : "dark";
    root.dataset.theme = theme;
    try { localStorage.setItem("theme", theme); } catch { /* storage is blocked */ }
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
  if (!chosenTheme()) root.dataset.theme = event.matches ? "dark" : "light";
});

// --- the contents on a small screen
const contents = document.getElementById("contents");
const contentsButton = document.querySelector("[data-action=contents]");
function showContents(open) {
  contents.classList.toggle("open", open);
  contentsButton.setAttribute("aria-expanded", String(open));
}
contentsButton.addEventListener("click", () => showContents(!contents.classList.contains("open")));
contents.addEventListener("click", (event) => {
  if (event.target.closest("a")) showContents(false);
});

// --- keys: "/" searches, Escape closes the contents
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && contents.classList.contains("open")) {
    showContents(false);
    contentsButton.focus();
  }
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.querySelector(".search-page input, .search input").focus();
  }
});

// --- how far the reader is, and in which section
const sectionLinks = all('.contents-tree a[href^="#"]').filter((link) => link.hash.length > 1);
const sections = sectionLinks.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
// The list of sections scrolls by itself where the screen is too low for it; the page stays.
function keepInSight(link) {
  const list = link.closest(".sections");
  if (!list) return;
  const above = link.getBoundingClientRect().top - list.getBoundingClientRect().top;
  const margin = link.offsetHeight;
  if (above < margin) list.scrollTop += above - margin;
  else if (above > list.clientHeight - 2 * margin) list.scrollTop += above - list.clientHeight + 2 * margin;
}
let waiting = false;
function onScroll() {
  waiting = false;
  const length = root.scrollHeight - innerHeight;
  root.style.setProperty("--read", length > 0 ? Math.min(1, scrollY / length).toFixed(4) : 0);
  let current = -1;
  sections.forEach((section, i) => {
    if (section && section.getBoundingClientRect().top < innerHeight / 3) current = i;
  });
  sectionLinks.forEach((link, i) => {
    if (i !== current) link.removeAttribute("aria-current");
    else if (!link.hasAttribute("aria-current")) {
      link.setAttribute("aria-current", "location");
      keepInSight(link);
    }
  });
}
const scrolled = () => {
  if (!waiting) requestAnimationFrame(onScroll);
  waiting = true;
};
addEventListener("scroll", scrolled, { passive: true });
addEventListener("resize", scrolled, { passive: true });
onScroll();

// --- a copy button on every listing; not on outputs
for (const block of all(".highlight")) {
  const pre = block.querySelector("pre");
  if (!pre || block.closest(".cell_output") || !navigator.clipboard) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(pre.innerText.trimEnd());
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  block.append(button);
}

// --- what scrolls sideways can be reached with the keyboard
function reachScrollers() {
  for (const element of all(".highlight pre, div.math, .tern, .pst-scrollable-table-container, .text_html")) {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  }
}
addEventListener("resize", reachScrollers, { passive: true });
addEventListener("load", reachScrollers);

// --- a formula is copied as the TeX that it was written in
document.addEventListener("copy", (event) => {
  const copied = getSelection().getRangeAt(0).cloneContents();
  const formulas = all("math", copied);
  if (!formulas.length) return;
  for (const formula of formulas) formula.replaceWith(`$${formula.querySelector("annotation").textContent}$`);
  event.clipboardData.setData("text/plain", copied.textContent);
  event.preventDefault();
});

// --- on paper every answer is open
addEventListener("beforeprint", () => all(".prose details").forEach((details) => { details.open = true; }));
