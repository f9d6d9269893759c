// A regular expression's automata, in the page itself: read, Thompson, subsets, Hopcroft, draw.
// The same algorithms as in tern/text/automata, for patterns of a line and pictures of a page.
(() => {
  const LAST = 0x10ffff, MAX_STATES = 60, NONE = -1;

  // ---- patterns: a tree of ["chars", ranges], ["empty"], ["concat" | "alternate", l, r], ["star" | "plus", x]

  const sorted = (pairs) => {
    const out = [];
    for (const [low, high] of [...pairs].sort((a, b) => a[0] - b[0])) {
      const last = out[out.length - 1];
      if (last && low <= last[1] + 1) last[1] = Math.max(last[1], high);
      else out.push([low, high]);
    }
    return out;
  };
  const complement = (ranges) => {
    const gaps = [];
    let low = 0;
    for (const [start, end] of ranges) {
      if (low < start) gaps.push([low, start - 1]);
      low = end + 1;
    }
    return low <= LAST ? [...gaps, [low, LAST]] : gaps;
  };
  const one = (character) => [[character.codePointAt(0), character.codePointAt(0)]];
  const CLASSES = {
    d: [[48, 57]],
    w: [[48, 57], [65, 90], [95, 95], [97, 122]],
    s: [[9, 13], [32, 32]],
  };
  const NAMED = { n: "\n", t: "\t", r: "\r", f: "\f", v: "\v" };

  const read = (pattern) => {
    const text = [...pattern];
    let at = 0;
    const wrong = (message) => { throw new Error(`character ${at}: ${message}`); };
    const escape = () => {
      const letter = text[at++];
      if (letter === undefined) wrong("an escape needs a character");
      if (CLASSES[letter]) return CLASSES[letter];
      if (CLASSES[letter.toLowerCase()]) return complement(CLASSES[letter.toLowerCase()]);
      if (NAMED[letter]) return one(NAMED[letter]);
      if (/[A-Za-z0-9]/.test(letter)) wrong("an escape that is not known here");
      return one(letter);
    };
    const set = () => {
      const negated = text[at] === "^";
      if (negated) at++;
      const pairs = [];
      const item = () => (text[at++] === "\\" ? escape() : one(text[at - 1]));
      while (text[at] !== "]") {
        if (at >= text.length) wrong("this [ is never closed");
        const low = item();
        if (text[at] === "-" && text[at + 1] !== "]" && at + 1 < text.length) {
          at++;
          const high = item();
          if (low[0][0] > high[0][0]) wrong("this range is empty");
          pairs.push([low[0][0], high[0][0]]);
        } else pairs.push(...low);
      }
      at++;
      if (!pairs.length) wrong("a class needs a character");
      return negated ? complement(sorted(pairs)) : sorted(pairs);
    };
    const group = () => ({ done: [], items: [] });
    const close = (open) => {
      open.done.push(open.items.length ? open.items.reduce((a, b) => ["concat", a, b]) : ["empty"]);
      open.items = [];
    };
    const whole = (open) => {
      close(open);
      return open.done.reduce((a, b) => ["alternate", a, b]);
    };
    const groups = [group()];
    while (at < text.length) {
      const open = groups[groups.length - 1], character = text[at++];
      if (character === "(") groups.push(group());
      else if (character === ")") {
        if (groups.length === 1) wrong("this ) closes nothing");
        groups.pop();
        groups[groups.length - 1].items.push(whole(open));
      } else if (character === "|") close(open);
      else if ("*+?".includes(character)) {
        if (!open.items.length) wrong("there is nothing to repeat");
        const body = open.items.pop();
        const made = { "*": ["star", body], "+": ["plus", body], "?": ["alternate", body, ["empty"]] };
        open.items.push(made[character]);
      } else if (character === "[") open.items.push(["chars", set()]);
      else if (character === ".") open.items.push(["chars", complement(one("\n"))]);
      else if (character === "\\") open.items.push(["chars", escape()]);
      else if ("{}^$".includes(character)) wrong(`write \\${character} for the character itself`);
      else open.items.push(["chars", one(character)]);
    }
    if (groups.length > 1) wrong("a ( is never closed");
    return whole(groups[0]);
  };

  // ---- automata

  const thompson = (tree) => {
    const epsilon = [], moves = [];
    const state = () => { epsilon.push([]); moves.push([]); return epsilon.length - 1; };
    const build = (node) => {
      if (node[0] === "concat") {
        const [begin, middle] = build(node[1]), [next, end] = build(node[2]);
        epsilon[middle].push(next);
        return [begin, end];
      }
      const inner = node.slice(1).filter((part) => typeof part[0] === "string").map(build);
      const begin = state(), end = state();
      if (node[0] === "chars") moves[begin].push([node[1], end]);
      if (node[0] === "empty") epsilon[begin].push(end);
      for (const [first, last] of inner) {
        epsilon[begin].push(first);
        if (node[0] !== "alternate") epsilon[last].push(first);
        epsilon[last].push(end);
      }
      if (node[0] === "star") epsilon[begin].push(end);
      return [begin, end];
    };
    const [start, end] = build(tree);
    return { start, epsilon, moves, accepting: epsilon.map((_, s) => s === end) };
  };

  const closure = (nfa, states) => {
    const found = new Set(states), work = [...found];
    while (work.length) {
      for (const target of nfa.epsilon[work.pop()]) {
        if (!found.has(target)) { found.add(target); work.push(target); }
      }
    }
    return found;
  };
  const within = (ranges, code) => ranges.some(([low, high]) => low <= code && code <= high);
  const step = (nfa, states, code) => closure(nfa, [...states].flatMap((s) =>
    nfa.moves[s].filter(([ranges]) => within(ranges, code)).map(([, target]) => target)));

  const determinize = (nfa) => {
    const sets = nfa.moves.flat().map(([ranges]) => ranges);
    const borders = new Set([0]);
    for (const [low, high] of sets.flat()) { borders.add(low); if (high < LAST) borders.add(high + 1); }
    const starts = [...borders].sort((a, b) => a - b), numbers = new Map();
    const classes = starts.map((code) => {
      const key = sets.map((ranges) => +within(ranges, code)).join("");
      if (!numbers.has(key)) numbers.set(key, { number: numbers.size, code });
      return numbers.get(key).number;
    });
    const letters = [...numbers.values()].map(({ code }) => code);
    const subsets = [], known = new Map(), table = [];
    const number = (states) => {
      const matter = [...states].filter((s) => nfa.moves[s].length || nfa.accepting[s]);
      const key = matter.sort((a, b) => a - b).join();
      if (!known.has(key)) { known.set(key, subsets.length); subsets.push(states); }
      return known.get(key);
    };
    number(new Set());  // state 0 is the dead one
    const start = number(closure(nfa, [nfa.start]));
    for (let s = 0; s < subsets.length; s++) {
      if (subsets.length > 4 * MAX_STATES) throw new Error("the DFA has too many states for a picture");
      table.push(letters.map((code) => number(step(nfa, subsets[s], code))));
    }
    const accepting = subsets.map((states) => [...states].some((s) => nfa.accepting[s]));
    return { start, table, accepting, starts, classes };
  };

  const minimize = (dfa) => {
    const size = dfa.table.length, letters = dfa.table[0].length;
    const before = Array.from({ length: letters }, () => Array.from({ length: size }, () => []));
    dfa.table.forEach((row, s) => row.forEach((t, c) => before[c][t].push(s)));
    const all = [...Array(size).keys()];
    const blocks = [true, false].map((yes) => new Set(all.filter((s) => dfa.accepting[s] === yes)))
      .filter((block) => block.size);
    const blockOf = all.map((s) => blocks.findIndex((block) => block.has(s)));
    const waiting = new Set(blocks.keys());
    while (waiting.size) {
      const [splitter] = waiting;
      waiting.delete(splitter);
      const members = [...blocks[splitter]];
      for (let c = 0; c < letters; c++) {
        const found = new Map();
        for (const t of members) for (const s of before[c][t]) {
          if (!found.has(blockOf[s])) found.set(blockOf[s], new Set());
          found.get(blockOf[s]).add(s);
        }
        for (const [b, inside] of found) {
          if (inside.size === blocks[b].size) continue;
          const outside = new Set([...blocks[b]].filter((s) => !inside.has(s)));
          const [small, large] = inside.size <= outside.size ? [inside, outside] : [outside, inside];
          blocks[b] = large;
          for (const s of small) blockOf[s] = blocks.length;
          waiting.add(blocks.length);
          blocks.push(small);
        }
      }
    }
    // Number the blocks as a walk from the start meets them; the dead one is 0.
    const order = [blockOf[0]], numbers = new Map([[blockOf[0], 0]]);
    const meet = (s) => {
      if (!numbers.has(blockOf[s])) { numbers.set(blockOf[s], order.length); order.push(blockOf[s]); }
    };
    meet(dfa.start);
    for (let i = 0; i < order.length; i++) dfa.table[[...blocks[order[i]]][0]].forEach(meet);
    const some = order.map((b) => [...blocks[b]][0]);
    return {
      ...dfa,
      start: numbers.get(blockOf[dfa.start]),
      table: some.map((s) => dfa.table[s].map((t) => numbers.get(blockOf[t]))),
      accepting: some.map((s) => dfa.accepting[s]),
      groups: blockOf.map((b) => numbers.get(b)),
    };
  };

  // ---- what there is to draw: states, and steps with marks

  const shown = (code) => {
    const character = String.fromCodePoint(code);
    const named = Object.entries(NAMED).find(([, c]) => c === character);
    if (named) return "\\" + named[0];
    if (code < 32 || (code > 126 && code < 161)) return "\\x" + code.toString(16).padStart(2, "0");
    return ("|*+?()[]{}.^$\\-".includes(character) ? "\\" : "") + character;
  };
  const mark = (ranges) => {
    if (ranges.length === 2 && ranges[0][1] === 9 && ranges[1][0] === 11) return ".";
    if (ranges.length === 1 && ranges[0][0] === ranges[0][1]) return shown(ranges[0][0]);
    const inverted = ranges.length && ranges[ranges.length - 1][1] === LAST;
    const inside = (inverted ? complement(ranges) : ranges).map(([low, high]) =>
      shown(low) + (high > low + 1 ? "-" : "") + (high > low ? shown(high) : ""));
    return `[${inverted ? "^" : ""}${inside.join("")}]`;
  };
  const drawnNFA = (nfa) => ({
    names: nfa.epsilon.map((_, s) => String(s)),
    accepting: nfa.accepting,
    start: nfa.start,
    steps: nfa.epsilon.flatMap((targets, s) => [
      ...nfa.moves[s].map(([ranges, t]) => [s, t, mark(ranges)]),
      ...targets.map((t) => [s, t, ""]),
    ]),
  });
  const drawnDFA = (dfa) => {
    const steps = [];
    dfa.table.slice(1).forEach((row, i) => {
      for (const target of new Set(row.filter((t) => t))) {
        const ranges = dfa.starts.map((low, k) => [low, (dfa.starts[k + 1] ?? LAST + 1) - 1])
          .filter((_, k) => row[dfa.classes[k]] === target);
        steps.push([i, target - 1, mark(sorted(ranges))]);
      }
    });
    const names = dfa.table.slice(1).map((_, i) => String(i + 1));
    return { names, accepting: dfa.accepting.slice(1), start: dfa.start - 1, steps };
  };
  const asText = ({ names, accepting, steps }) => names.map((name, s) => {
    const ends = steps.filter((each) => each[0] === s)
      .map(([, t, m]) => `${names[t]} (${m || "nothing read"})`);
    return name + (accepting[s] ? " accepts" : "") + (ends.length ? ` -> ${ends.join(", ")}` : "");
  }).join("\n");

  // ---- drawing: ranks from left to right, by distance from the start

  const node = (name, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const draw = (automaton, label) => {
    const { names, accepting, start, steps } = automaton, R = 16;
    const rank = names.map(() => 0), next = names.map(() => []);
    const state = names.map(() => 0), back = new Set();
    steps.forEach(([s, t], i) => { if (s !== t) next[s].push([t, i]); });
    const finished = [];  // depth first: what leads to a state that is still open goes back
    const work = start >= 0 ? [[start, 0]] : [];
    if (work.length) state[start] = 1;
    while (work.length) {
      const top = work[work.length - 1];
      if (top[1] === next[top[0]].length) { state[top[0]] = 2; finished.push(top[0]); work.pop(); continue; }
      const [t, i] = next[top[0]][top[1]++];
      if (state[t] === 1) back.add(i);
      else if (!state[t]) { state[t] = 1; work.push([t, 0]); }
    }
    for (const s of finished.reverse()) {
      for (const [t, i] of next[s]) if (!back.has(i)) rank[t] = Math.max(rank[t], rank[s] + 1);
    }
    const columns = [];
    finished.forEach((s) => (columns[rank[s]] ??= []).push(s));
    const y = names.map(() => 0);
    for (let sweep = 0; sweep < 6; sweep++) {
      for (const column of sweep % 2 ? [...columns].reverse() : columns) {
        const want = new Map(column.map((s) => {
          const near = steps.filter(([a, b]) => a !== b && (a === s || b === s))
            .map(([a, b]) => (a === s ? b : a));
          return [s, near.reduce((sum, t) => sum + y[t], 0) / (near.length || 1)];
        }));
        column.sort((a, b) => want.get(a) - want.get(b));
        column.forEach((s, i) => { y[s] = (i - (column.length - 1) / 2) * 62; });
      }
    }
    const widest = Math.max(2, ...steps.map((each) => each[2].length));
    const gap = 44 + Math.min(110, 7 * widest), x = rank.map((r) => r * gap);
    const low = Math.min(...y) - R - 44, high = Math.max(...y) + R;
    const spans = steps.map(([s, t], i) => (back.has(i) ? 14 + 12 * Math.abs(rank[s] - rank[t]) : 0));
    const bottom = high + Math.max(8, ...spans) + 12, wide = Math.max(0, ...x) + 2 * R + 60;
    const svg = node("svg", {
      viewBox: `${-R - 34} ${low} ${wide} ${bottom - low}`, width: wide, height: bottom - low,
      role: "img", "aria-label": `${label}: ${asText(automaton)}`,
    });
    const tip = (px, py, dx, dy) => node("path", {
      class: "arrow",
      d: `M${px} ${py}L${px - 8 * dx - 4 * dy} ${py - 8 * dy + 4 * dx}L${px - 8 * dx + 4 * dy} ${py - 8 * dy - 4 * dx}Z`,
    });
    steps.forEach(([s, t, m], i) => {
      const line = { class: m ? "step-line" : "step-line empty" };
      let at;
      if (s === t) {
        line.d = `M${x[s] - 8} ${y[s] - R + 2}C${x[s] - 18} ${y[s] - R - 30} ${x[s] + 18} ${y[s] - R - 30} ${x[s] + 8} ${y[s] - R + 2}`;
        at = [x[s], y[s] - R - 26];
        svg.append(node("path", line), tip(x[s] + 8, y[s] - R + 2, -0.29, 0.96));
      } else if (back.has(i)) {
        const deep = high + spans[i];
        line.d = `M${x[s]} ${y[s] + R}C${x[s]} ${deep + 8} ${x[t]} ${deep + 8} ${x[t]} ${y[t] + R}`;
        at = [(x[s] + x[t]) / 2, (y[s] + y[t] + 2 * R) / 8 + 0.75 * (deep + 8) - 4];
        svg.append(node("path", line), tip(x[t], y[t] + R, 0, -1));
      } else {
        const bend = (x[t] - x[s]) / 2, over = rank[t] - rank[s] > 1 ? -34 : 0;
        line.d = `M${x[s] + R} ${y[s]}C${x[s] + bend} ${y[s] + over} ${x[t] - bend} ${y[t] + over} ${x[t] - R} ${y[t]}`;
        at = [(x[s] + x[t]) / 2, (y[s] + y[t]) / 2 + 0.75 * over - 4];
        svg.append(node("path", line), tip(x[t] - R, y[t], 1, 0));
      }
      if (m) svg.append(node("text", { class: "mark", x: at[0], y: at[1], "text-anchor": "middle" }, m));
    });
    names.forEach((name, s) => {
      svg.append(node("circle", { class: "state", "data-state": s, cx: x[s], cy: y[s], r: R }));
      if (accepting[s]) svg.append(node("circle", { class: "ring", cx: x[s], cy: y[s], r: R - 3.5 }));
      svg.append(node("text", { class: "strong", x: x[s], y: y[s] + 4.5, "text-anchor": "middle" }, name));
    });
    if (start >= 0) {
      svg.append(node("path", { class: "step-line", d: `M${x[start] - R - 24} ${y[start]}H${x[start] - R}` }));
      svg.append(tip(x[start] - R, y[start], 1, 0));
    }
    return svg;
  };

  // ---- the page

  const set_up = (root) => {
    const [pattern, text] = root.querySelectorAll("input");
    const [back, next] = root.querySelectorAll("button");
    const panels = ["nfa", "dfa", "minimal"].map((name) => root.querySelector(`.${name}`));
    const said = root.querySelector(".said");
    let made = null, at = 0;

    const light = () => {
      const letters = [...text.value];
      at = Math.min(at, letters.length);
      let states = closure(made.nfa, [made.nfa.start]);
      const now = [made.dfa.start, made.least.start];
      for (const letter of letters.slice(0, at)) {
        const code = letter.codePointAt(0);
        states = step(made.nfa, states, code);
        [made.dfa, made.least].forEach((dfa, i) => {
          let k = dfa.starts.length - 1;
          while (dfa.starts[k] > code) k--;
          now[i] = dfa.table[now[i]][dfa.classes[k]];
        });
      }
      const lit = [states, new Set([now[0] - 1]), new Set([now[1] - 1])];
      panels.forEach((panel, i) => panel.querySelectorAll(".state").forEach((circle) =>
        circle.classList.toggle("lit", lit[i].has(Number(circle.dataset.state)))));
      back.disabled = at === 0;
      next.disabled = at === letters.length;
      const name = (s) => (s ? `state ${s}` : "dead");
      const accepts = made.least.accepting[now[1]];
      said.textContent = `Read ${at} of ${letters.length}: ${JSON.stringify(letters.slice(0, at).join(""))}. ` +
        `NFA: ${states.size} states. DFA: ${name(now[0])}. Minimal DFA: ${name(now[1])}. ` +
        (accepts ? "This much matches." : "This much does not match.");
    };

    const build = () => {
      try {
        const nfa = thompson(read(pattern.value)), dfa = determinize(nfa), least = minimize(dfa);
        made = { nfa, dfa, least };
      } catch (error) {
        made = null;
        said.textContent = error.message;
        panels.forEach((panel) => panel.querySelectorAll(".picture, .as-text").forEach((p) => p.replaceChildren()));
        back.disabled = next.disabled = true;
        return;
      }
      const drawn = [drawnNFA(made.nfa), drawnDFA(made.dfa), drawnDFA(made.least)];
      drawn.forEach((automaton, i) => {
        const title = panels[i].dataset.title, count = automaton.names.length;
        panels[i].querySelector(".count").textContent = `${count} states`;
        panels[i].querySelector(".as-text").textContent = asText(automaton) || "It matches nothing.";
        const picture = panels[i].querySelector(".picture");
        if (!count) picture.textContent = "It matches nothing.";
        else if (count > MAX_STATES) picture.textContent = "That's too many to draw.";
        else picture.replaceChildren(draw(automaton, title));
      });
      at = 0;
      light();
    };

    pattern.addEventListener("input", build);
    text.addEventListener("input", () => { at = 0; if (made) light(); });
    back.addEventListener("click", () => { at--; light(); });
    next.addEventListener("click", () => { at++; light(); });
    root.classList.add("on");
    build();
  };
  const start = () => document.querySelectorAll(".tern-playground:not(.on)").forEach(set_up);
  start();
  setTimeout(start, 0);
})();
