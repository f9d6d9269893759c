// The page of search results. The index (book/ext/search.py) calls searchIndex with [page, sections].
"use strict";

const SHOWN = 40; // results
const AROUND = 110; // characters of a snippet before and after what was found

const searchField = document.querySelector(".search-page input");
const searchStatus = document.getElementById("search-status");
const searchResults = document.getElementById("search-results");
let indexed = [];

// A number or a short word must stand alone; a longer one may be a part, and its plural is the same.
function pattern(word) {
  const literal = word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/([^s])s$/i, word.length > 4 ? "$1s?" : "$&");
  const alone = word.length < 3 || /^[\d.]+$/.test(word);
  return new RegExp(alone ? `(?<![\\w.])${literal}(?![\\w])` : literal, "gi");
}

function score(section, patterns) {
  let sum = 0;
  for (const each of patterns) {
    const inHeading = section.heading.match(each)?.length ?? 0;
    const inText = section.text.match(each)?.length ?? 0;
    if (!inHeading && !inText) return 0;
    sum += 10 * inHeading + Math.min(inText, 5) + (section.page.match(each) ? 3 : 0);
  }
  return sum;
}

function snippet(text, patterns) {
  const line = document.createElement("p");
  const first = Math.max(0, Math.min(...patterns.map((each) => text.search(each)).filter((at) => at >= 0)));
  const from = first > AROUND ? text.indexOf(" ", first - AROUND) + 1 : 0;
  const shown = text.slice(Math.min(from, first), first + AROUND);
  let at = 0;
  for (const match of shown.matchAll(new RegExp(patterns.map((each) => each.source).join("|"), "gi"))) {
    const mark = document.createElement("mark");
    mark.textContent = match[0];
    line.append(shown.slice(at, match.index), mark);
    at = match.index + match[0].length;
  }
  line.append(shown.slice(at), first + AROUND < text.length ? " …" : "");
  if (from) line.prepend("… ");
  return line;
}

function result({ page, heading, href, text }, patterns, words) {
  const item = document.createElement("li");
  const link = item.appendChild(document.createElement("a"));
  link.href = `${href}:~:text=${encodeURIComponent(words[0]).replaceAll("-", "%2D")}`;
  link.textContent = heading || page;
  if (heading && heading !== page) item.append(" ", Object.assign(document.createElement("span"), { textContent: page }));
  item.append(snippet(text, patterns));
  return item;
}

function search() {
  const words = searchField.value.trim().split(/\s+/).filter(Boolean);
  const patterns = words.map(pattern);
  const found = words.length
    ? indexed.map((section) => [score(section, patterns), section]).filter(([points]) => points)
      .sort(([a], [b]) => b - a)
    : [];
  searchResults.replaceChildren(...found.slice(0, SHOWN).map(([, section]) => result(section, patterns, words)));
  const shown = found.length > SHOWN ? `, of which these are the best ${SHOWN}` : "";
  searchStatus.textContent = !words.length ? ""
    : found.length ? `${found.length} section${found.length === 1 ? "" : "s"}${shown}` : `Nothing in the book says “${searchField.value.trim()}”.`;
}

function searchIndex(pages) {
  indexed = pages.flatMap(([page, found]) => found.map(([href, heading, text]) => ({ page, href, heading, text })));
  search();
}

searchField.value = new URLSearchParams(location.search).get("q") ?? "";
searchField.addEventListener("input", search);
