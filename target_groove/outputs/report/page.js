// Draws the report from the values in the page. What comes from records, requests and answers is
// only ever put in as text.
(() => {
  "use strict";

  const run = JSON.parse(document.getElementById("data").textContent);
  const page = document.getElementById("page");
  const tip = document.getElementById("tip");

  const OUTCOMES = ["delivered", "unchanged", "merged", "rejected", "in_doubt", "skipped"];
  const ANSWERS = ["taken", "refused", "limited", "failed", "silent"];
  const SAID = {
    in_doubt: "in doubt", merged: "merged into a later one",
    taken: "taken", refused: "refused (4xx)", limited: "too many (429)", failed: "failed (5xx)",
    silent: "no answer", wait: "waiting for the limit",
  };
  const AT_ONCE = 50;
  const FIRST_REASONS = 8;

  // Elements

  const put = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== undefined && value !== false) node.setAttribute(name, value);
    }
    node.append(...children.flat().filter((each) => each !== null && each !== undefined));
    return node;
  };
  const el = (tag, attributes, ...children) =>
    put(document.createElement(tag), attributes, children);
  const svg = (tag, attributes, ...children) =>
    put(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

  // Words

  const number = new Intl.NumberFormat("en");
  const count = (value) => number.format(Math.round(value * 100) / 100);
  const plural = (value, word) => `${count(value)} ${word}${value === 1 ? "" : "s"}`;
  const said = (name) => SAID[name] || name;
  const duration = (seconds) => {
    if (seconds < 0.01) return `${Math.round(seconds * 1e4) / 10} ms`;
    if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
    if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
    const whole = Math.round(seconds), minutes = Math.floor(whole / 60);
    if (!minutes) return `${whole} s`;
    if (minutes < 60) return whole % 60 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  };
  const dateTime = (seconds) => new Date(seconds * 1000).toLocaleString("en-GB", {
    day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  const clock = (seconds, fine) => new Date(seconds * 1000).toLocaleTimeString("en-GB", {
    hour: "2-digit", minute: "2-digit", ...(fine ? { second: "2-digit" } : {}),
  });
  const total = (values) => values.reduce((sum, each) => sum + each, 0);
  const routeOf = (row) => row.stream
    ? [row.stream, row.endpoint].filter(Boolean).join(" → ") : "look-ups";

  // The tip

  const swatch = (name) => el("i", { class: `c-${name}` });
  const place = (event) => {
    const box = tip.getBoundingClientRect(), gap = 14;
    const left = event.clientX + gap + box.width > innerWidth
      ? event.clientX - gap - box.width : event.clientX + gap;
    tip.style.left = `${Math.max(left, 6)}px`;
    tip.style.top = `${Math.min(event.clientY + gap, innerHeight - box.height - 6)}px`;
  };
  const withTip = (node, title, lines) => {
    const show = (event) => {
      tip.replaceChildren(el("b", {}, title), ...lines().map(([name, words, value]) =>
        el("div", {}, el("span", {}, name ? swatch(name) : null, words), el("span", {}, value))));
      tip.hidden = false;
      place(event);
    };
    node.addEventListener("pointerenter", show);
    node.addEventListener("pointermove", place);
    node.addEventListener("pointerleave", () => { tip.hidden = true; });
    return node;
  };

  // Scales

  const steps = (most, about) => {
    const rough = Math.max(most, 1) / about, power = 10 ** Math.floor(Math.log10(rough));
    const step = Math.max([1, 2, 5, 10].find((each) => each * power >= rough) * power, 1);
    return Array.from({ length: Math.ceil(most / step) + 1 }, (_, at) => at * step);
  };
  const NICE = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];
  const timeSteps = (seconds, about) => {
    const step = NICE.find((each) => seconds / each <= about) || 86400;
    return Array.from({ length: Math.floor(seconds / step + 1e-9) + 1 }, (_, at) => at * step);
  };

  // A chart is drawn anew whenever its width changes, so that its text keeps its size.
  const chart = (draw, label) => {
    const box = el("div", { class: "chart" });
    let drawn = 0;
    new ResizeObserver(([entry]) => {
      const width = Math.round(entry.contentRect.width);
      if (width && width !== drawn) {
        drawn = width;
        const picture = draw(width);
        picture.setAttribute("role", "img");
        picture.setAttribute("aria-label", label);
        box.replaceChildren(picture);
      }
    }).observe(box);
    return box;
  };

  const frame = (width, height, left, ticks, yOf) => ticks.flatMap((tick) => [
    svg("line", { class: tick ? "grid" : "base", x1: left, x2: width, y1: yOf(tick), y2: yOf(tick) }),
    svg("text", { x: left - 8, y: yOf(tick) + 4, "text-anchor": "end" }, count(tick)),
  ]);

  const timeline = (width) => {
    const { width: step, steps: all } = run.timeline;
    // Few steps would be few bars; the whole run is shown, also where nothing happened.
    const seconds = Math.max(run.seconds, all.length * step), slots = Math.max(all.length, 1);
    const sums = all.map((each) => total(ANSWERS.map((name) => each[name] || 0)));
    const height = 250, bottom = 46, top = 20, left = 42;
    const limit = run.limit * step / 60;
    const most = Math.max(...sums, 1);
    const showsLimit = limit > 0 && limit <= most * 1.6 && step >= 1;
    const ticks = steps(showsLimit ? Math.max(most, limit) : most, 4);
    const high = ticks[ticks.length - 1];
    const yOf = (value) => height - bottom - (value / high) * (height - bottom - top);
    const span = slots * step, xOf = (at) => left + (at / span) * (width - left);
    const slot = (width - left) / slots;
    const bar = Math.min(Math.max(slot - Math.min(slot * 0.2, 2), 0.6), 26);
    const parts = frame(width, height, left, ticks, yOf);
    parts.push(svg("text", { class: "title", x: 0, y: 9 }, step === 1 ? "requests a second" : `requests in ${duration(step)}`));
    const marks = timeSteps(span, Math.max(Math.floor(width / 92), 2));
    const fine = marks.length > 1 && marks[1] < 60;
    for (const at of marks) {
      if (xOf(at) > width - 18 && at) continue;
      parts.push(svg("text", { x: xOf(at), y: height - 6, "text-anchor": at ? "middle" : "start" },
        clock(run.beganAt + at, fine || span < 300)));
      parts.push(svg("line", { class: "base", x1: xOf(at), x2: xOf(at), y1: height - bottom, y2: height - bottom + 4 }));
    }
    all.forEach((each, at) => {
      let base = 0;
      const x = left + at * slot + (slot - bar) / 2;
      for (const name of ANSWERS) {
        const value = each[name] || 0;
        if (!value) continue;
        const y = yOf(base + value), tall = yOf(base) - y;
        parts.push(svg("rect", { class: `c-${name}`, x, y, width: bar, height: Math.max(tall, 1) }));
        base += value;
      }
      const waited = Math.min((each.waited || 0) / step, 1);
      if (waited > 0) {
        parts.push(svg("rect", {
          class: "c-wait", x: left + at * slot, y: height - bottom + 9, width: slot + 0.4, height: 7,
          opacity: 0.15 + 0.85 * waited,
        }));
      }
    });
    if (showsLimit) {
      parts.push(svg("line", { class: "limit", x1: left, x2: width, y1: yOf(limit), y2: yOf(limit) }));
      parts.push(svg("text", { x: width, y: yOf(limit) - 5, "text-anchor": "end" }, `on average ${count(run.limit)} a minute`));
    }
    all.forEach((each, at) => {
      const lines = () => [
        ...ANSWERS.filter((name) => each[name]).map((name) => [name, said(name), count(each[name])]),
        ...(each.waited ? [["wait", said("wait"), duration(each.waited)]] : []),
      ];
      const title = `${clock(run.beganAt + at * step, true)}, ${duration(step)}`;
      parts.push(withTip(svg("rect", {
        class: "hit", x: left + at * slot, y: top, width: slot, height: height - bottom - top + 18,
      }), title, () => lines().length ? lines() : [[null, "no request", ""]]));
    });
    return svg("svg", { viewBox: `0 0 ${width} ${height}`, height }, parts);
  };

  const latency = (width) => {
    const classes = run.latency.classes;
    const height = 250, bottom = 40, top = 34, left = 42;
    // Room for a class on either side, and for six of them at least.
    const ratio = classes[0].to / classes[0].from;
    const spare = Math.max(2, Math.ceil((14 - classes.length) / 2));
    const begin = classes[0].from / ratio ** spare;
    const slots = classes.length + 2 * spare;
    const slot = (width - left) / slots;
    const most = Math.max(...classes.map((each) => each.count));
    const ticks = steps(most, 4), high = ticks[ticks.length - 1];
    const yOf = (value) => height - bottom - (value / high) * (height - bottom - top);
    const xOf = (seconds) => left + Math.log(seconds / begin) / Math.log(ratio) * slot;
    const parts = frame(width, height, left, ticks, yOf);
    parts.push(svg("text", { class: "title", x: 0, y: 9 }, "requests"));
    const end = begin * ratio ** slots;
    let last = -Infinity;
    for (let power = -4; power <= 3; power += 1) {
      for (const digit of end / begin > 60 ? [1] : [1, 2, 5]) {
        const at = digit * 10 ** power, x = xOf(at);
        if (at < begin || at > end || x - last < 46 || x > width - 12) continue;
        last = x;
        parts.push(svg("text", { x, y: height - 18, "text-anchor": "middle" }, duration(at)));
        parts.push(svg("line", { class: "base", x1: x, x2: x, y1: height - bottom, y2: height - bottom + 4 }));
      }
    }
    parts.push(svg("text", { class: "title", x: width, y: height - 2, "text-anchor": "end" }, "time until the answer, on a logarithmic scale"));
    const sum = total(classes.map((each) => each.count));
    let below = 0;
    for (const each of classes) {
      below += each.count;
      const x = xOf(each.from), upTo = below;
      parts.push(svg("rect", {
        class: "c-bars", x: x + 0.75, y: yOf(each.count), width: Math.max(slot - 1.5, 0.6),
        height: each.count ? Math.max(yOf(0) - yOf(each.count), 1) : 0, rx: Math.min(2, slot / 4),
      }));
      parts.push(withTip(
        svg("rect", { class: "hit", x, y: top, width: slot, height: height - bottom - top }),
        `${duration(each.from)} to ${duration(each.to)}`,
        () => [[null, plural(each.count, "request"), `${(each.count / sum * 100).toFixed(1)} %`],
          [null, "up to here", `${(upTo / sum * 100).toFixed(1)} %`]]));
    }
    const marks = [["median", "half of them", run.latency.p50], ["p95", "95 %", run.latency.p95]];
    marks.forEach(([name, words, at], row) => {
      const x = Math.min(xOf(at), width - 1), right = x > width - 130;
      parts.push(svg("line", { class: `mark s-${name}`, x1: x, x2: x, y1: 14 + row * 14 - 8, y2: height - bottom }));
      parts.push(svg("text", {
        class: `t-${name}`, x: right ? x - 6 : x + 6, y: 14 + row * 14, "text-anchor": right ? "end" : "start",
      }, `${words} within ${duration(at)}`));
    });
    return svg("svg", { viewBox: `0 0 ${width} ${height}`, height }, parts);
  };

  const outcomeBar = (row, most) => (width) => {
    let x = 0;
    const sum = total(OUTCOMES.map((name) => row.counts[name]));
    const scale = (width - 1) / Math.max(most, 1), parts = [];
    for (const name of OUTCOMES.filter((each) => row.counts[each])) {
      const value = row.counts[name], wide = Math.max(value * scale, 2);
      parts.push(withTip(
        svg("rect", { class: `c-${name}`, x, y: 1, width: wide, height: 16, rx: 2 }), routeOf(row),
        () => [[name, said(name), count(value)], [null, "of", `${plural(sum, "record")} (${(value / sum * 100).toFixed(1)} %)`]]));
      x += wide + 1;
    }
    return svg("svg", { viewBox: `0 0 ${width} 18`, height: 18 }, parts);
  };

  // Sections

  const legend = (names) => el("div", { class: "legend" },
    names.map((name) => el("span", {}, swatch(name), said(name))));
  const card = (title, sub, side, ...children) => el("section", { class: "card" },
    el("header", {}, el("div", {}, el("h2", {}, title), sub ? el("p", { class: "sub" }, sub) : null), side), ...children);
  const sumOf = (name) => total(run.rows.map((row) => row.counts[name]));

  const head = () => {
    const where = [run.account, run.namespace === "default" ? "" : `namespace ${run.namespace}`];
    return [
      el("header", { class: "head" },
        el("div", {},
          el("h1", {}, `${plural(run.read, "record")} read, ${count(sumOf("delivered"))} delivered`),
          el("p", { class: "sub" }, `${dateTime(run.beganAt)} to ${clock(run.endedAt, true)}, ${duration(run.seconds)} · to ${where.filter(Boolean).join(", ")}`)),
        el("span", { class: `badge ${run.error === null ? "done" : "stopped"}` }, run.error === null ? "Done" : "Stopped")),
      run.error === null ? null : el("p", { class: "error" }, run.error),
    ];
  };

  const tiles = () => {
    const shown = [
      ["delivered", sumOf("delivered"), "delivered"],
      ["", sumOf("unchanged") + sumOf("merged"), sumOf("merged") ? "unchanged, merged" : "unchanged"],
      ["rejected", sumOf("rejected"), "rejected"],
      ["in_doubt", sumOf("in_doubt"), "in doubt"],
      ["", run.requests, "requests"],
      ["", run.answers.limited || 0, "answers 429"],
    ];
    if (sumOf("skipped")) shown.splice(4, 0, ["", sumOf("skipped"), "skipped"]);
    return el("div", { class: "tiles" },
      shown.map(([kind, value, words]) => el("div", { class: `tile ${value ? kind : "none"}` },
        el("b", {}, count(value)), el("span", {}, words))),
      el("div", { class: `tile long ${run.waited >= 0.05 ? "" : "none"}` },
        el("b", {}, run.waited >= 0.05 ? duration(run.waited) : "0 s"), el("span", {}, "waited for limits")));
  };

  const outcomes = () => {
    if (!run.rows.length) return card("Streams", null, null, el("p", { class: "blank" }, "There was nothing to deliver."));
    const most = Math.max(...run.rows.map((row) => total(OUTCOMES.map((name) => row.counts[name]))));
    const used = OUTCOMES.filter(sumOf);
    const cell = (value, words) => el("td", value ? {} : { class: "nil" }, value ? words : "·");
    return card("What became of the records", null, legend(used), el("div", { class: "wide" }, el("table", {},
      el("thead", {}, el("tr", {}, ["stream and endpoint", "", ...used.map((name) => name.replace("_", " ")), "requests", "median", "95 %"]
        .map((each, at) => el("th", { class: at === 1 ? "bar" : undefined }, each)))),
      el("tbody", {}, run.rows.map((row) => el("tr", {},
        el("td", {}, row.stream || "look-ups", row.endpoint ? el("div", { class: "sub" }, row.endpoint) : null),
        el("td", { class: "bar" }, row.stream ? chart(outcomeBar(row, most), `outcomes of ${routeOf(row)}`) : null),
        used.map((name) => cell(row.counts[name], count(row.counts[name]))),
        withTip(cell(row.requests, count(row.requests)), routeOf(row), () => Object.entries(row.statuses)
          .map(([status, value]) => [null, status === "0" ? "no answer" : `answer ${status}`, count(value)])),
        cell(row.requests, duration(row.p50)), cell(row.requests, duration(row.p95))))))));
  };

  const requests = () => {
    if (!run.requests) return null;
    const used = ANSWERS.filter((name) => run.answers[name]);
    if (run.timeline.steps.some((each) => each.waited)) used.push("wait");
    const pace = run.requests * 60 / Math.max(run.seconds, 1);
    const limit = run.limit ? `, ${count(run.limit)} a minute are allowed` : "";
    return el("div", { class: "pair" },
      card("Requests over time", `${plural(Math.round(pace), "request")} a minute${limit}`, legend(used), chart(timeline, "requests over time")),
      card("How long answers took", `99 % within ${duration(run.latency.p99)}, the longest ${duration(run.latency.longest)}`, null, chart(latency, "distribution of the time that answers took")));
  };

  const pretty = (text) => {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
  };

  const marked = (text, words) => {
    const at = words ? text.toLowerCase().indexOf(words) : -1;
    return at < 0 ? [text]
      : [text.slice(0, at), el("mark", {}, text.slice(at, at + words.length)), text.slice(at + words.length)];
  };

  const records = () => {
    const all = run.rejected;
    if (!all.length) return [];
    const kindOf = (each) => `${routeOf(each)}: ${each.kind}`;
    const texts = all.map((each) => [each.stream, each.endpoint, each.place, each.key, each.reason, kindOf(each), each.status, each.request, each.answer].join(" ").toLowerCase());
    const list = el("div", { class: "records" }), told = el("p", { class: "sub" });
    const more = el("button", { class: "chip more", onclick: () => { shown += AT_ONCE; draw(); } });
    let words = "", only = "", shown = AT_ONCE;
    const line = (each) => {
      const parts = [each.key, each.place].filter(Boolean).join(", ");
      const inner = () => [
        el("p", {}, `${routeOf(each)}, ${parts}`),
        each.request === null ? null : el("div", {}, el("h3", {}, "Request"), el("pre", {}, marked(pretty(each.request), words))),
        each.answer === null ? null : el("div", {}, el("h3", {}, each.status ? `Answer ${each.status}` : "Answer"), el("pre", {}, marked(pretty(each.answer), words))),
        each.request === null ? el("p", {}, "No request was made.") : null,
      ];
      const details = el("details", {}, el("summary", {},
        el("span", { class: `pill${each.inDoubt ? " doubt" : ""}` }, each.inDoubt ? "in doubt" : "rejected"),
        el("span", { class: "what", title: parts }, marked(each.key || each.place, words),
          el("span", { class: "sub" }, marked(each.stream, words))),
        el("span", { class: "why" }, marked(each.reason, words)),
        el("code", { class: "code faint" }, each.status ? String(each.status) : "")));
      // What nobody opens is not built.
      details.addEventListener("toggle", () => {
        if (details.open && details.children.length === 1) details.append(put(el("div", { class: "inner" }), {}, inner()));
      });
      return details;
    };
    const draw = () => {
      const found = all.filter((each, at) => (!only || each.inDoubt === (only === "doubt")) && texts[at].includes(words));
      list.replaceChildren(...found.slice(0, shown).map(line));
      if (!found.length) list.append(el("p", { class: "blank" }, "Nothing like that was rejected."));
      more.hidden = found.length <= shown;
      more.textContent = `Show ${Math.min(AT_ONCE, found.length - shown)} more of ${count(found.length - shown)}`;
      told.textContent = found.length === all.length ? plural(all.length, "record") : `${count(found.length)} of ${plural(all.length, "record")}`;
      if (run.notKept) told.textContent += `; ${count(run.notKept)} more are in the dead-letter file only`;
    };
    const search = el("input", { type: "search", placeholder: "Search records, reasons, requests and answers", "aria-label": "Search",
      oninput: () => { words = search.value.trim().toLowerCase(); shown = AT_ONCE; draw(); } });
    const chips = all.some((each) => each.inDoubt) && all.some((each) => !each.inDoubt)
      ? [["", "all"], ["rejected", "rejected"], ["doubt", "in doubt"]].map(([kind, label]) => el("button", {
        class: "chip", "aria-pressed": String(kind === only),
        onclick: (event) => {
          only = kind; shown = AT_ONCE;
          chips.forEach((each) => each.setAttribute("aria-pressed", String(each === event.currentTarget)));
          draw();
        },
      }, label)) : [];
    draw();
    const reasons = () => {
      const most = Math.max(...run.reasons.map((each) => each.count));
      const lines = run.reasons.map((each) => el("li", {}, el("b", {}, count(each.count)),
        el("button", { type: "button", title: "Show these records", onclick: () => {
          search.value = kindOf(each); search.dispatchEvent(new Event("input")); search.scrollIntoView({ behavior: "smooth", block: "center" });
        } }, each.words),
        el("div", { class: "meter" }, chart((width) => svg("svg", { viewBox: `0 0 ${width} 4`, height: 4 },
          svg("rect", { class: each.inDoubt === each.count ? "c-in_doubt" : "c-rejected", width: Math.max(width * each.count / most, 3), height: 4, rx: 2 })), each.words)),
        el("p", { class: "sub" }, `${routeOf(each)}, the first: ${each.first}`)));
      if (run.otherReasons) lines.push(el("li", {}, el("b", {}, count(run.otherReasons)), el("span", { class: "faint" }, "other reasons")));
      const rest = lines.splice(FIRST_REASONS), all = el("ul", { class: "reasons" }, lines);
      const button = rest.length ? el("button", { class: "chip more", onclick: () => { all.append(...rest); button.remove(); } },
        `Show ${plural(rest.length, "other reason")}`) : null;
      return card("Why records were rejected", "reasons that differ only in a value are one", null, all, button);
    };
    const section = card("Rejected and in doubt", null, null, el("div", { class: "find" }, search, chips), list, more);
    section.querySelector("header > div").append(told);
    return [reasons(), section];
  };

  const foot = () => el("footer", {}, [
    run.setAside ? `${plural(run.setAside, "record")} set aside in ${run.deadLetters}. ` : "",
    run.answersFile ? `Groove's answers are in ${run.answersFile}, under run_id ${run.runId}. ` : `Run ${run.runId}. `,
    `The token is in none of this; records, requests and answers may hold personal data. target-groove ${run.version}.`,
  ].join(""));

  page.replaceChildren(...[...head(), tiles(), outcomes(), requests(), ...records(), foot()].filter(Boolean));
})();
