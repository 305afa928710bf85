// The page of one recording. All words of people come into the page as text, never as markup.
"use strict";

const $ = id => document.getElementById(id);
const query = new URLSearchParams(location.search);
const lang = document.documentElement.lang;
const state = { words: {}, films: [], master: null, duration: 0, start: 0, lines: [], order: [], now: -1, touched: 0, hits: [], hit: 0, spans: [] };

function make(tag, text, className) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}

function say(key, fill) {
  let text = state.words[key] || key;
  for (const name in fill || {}) text = text.replace("{" + name + "}", () => String(fill[name]));
  return text;
}

function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000)), two = n => String(n).padStart(2, "0");
  return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
}

function wall(ms) {
  if (!state.start) return "";
  const d = new Date(state.start + ms), two = n => String(n).padStart(2, "0");
  return two(d.getHours()) + ":" + two(d.getMinutes()) + ":" + two(d.getSeconds());
}

function notice(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

// at is recording time in ms.
function at() { return state.master ? state.master.currentTime * 1000 : 0; }

function seek(ms) {
  const to = Math.min(Math.max(0, ms), state.duration) / 1000;
  for (const f of state.films) f.currentTime = to;
  draw();
}

function toggle() {
  if (!state.master) return;
  if (state.master.paused) state.master.play().catch(fault); else state.master.pause();
}

function fault(e) {
  if (e && (e.name === "NotAllowedError" || e.name === "AbortError")) return; // the browser waits for a click
  notice(say("player.media.fault"));
}

// together keeps the films in step with the first one, which has the sound.
function together() {
  for (const f of state.films) {
    if (f === state.master) continue;
    f.playbackRate = state.master.playbackRate;
    if (Math.abs(f.currentTime - state.master.currentTime) > 0.12) f.currentTime = state.master.currentTime;
    if (state.master.paused !== f.paused && !f.ended) state.master.paused ? f.pause() : f.play().catch(() => {});
  }
}

function draw() {
  const ms = at(), part = state.duration ? Math.min(1, ms / state.duration) * 100 : 0;
  $("time").textContent = clock(ms) + " / " + clock(state.duration);
  $("clock").textContent = wall(ms);
  $("cursor").style.left = part + "%";
  $("played").style.width = part + "%";
  $("timeline").setAttribute("aria-valuenow", Math.round(ms / 1000));
  $("timeline").setAttribute("aria-valuetext", clock(ms));
  follow(ms);
}

function tick() {
  draw();
  if (state.master && !state.master.paused) requestAnimationFrame(tick);
}

// follow marks the line that is being spoken, and scrolls to it unless a person has just scrolled.
function follow(ms) {
  let low = 0, high = state.order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (state.lines[state.order[middle]].from_ms <= ms) low = middle + 1; else high = middle;
  }
  const now = low ? state.order[low - 1] : -1;
  if (now === state.now) return;
  if (state.now >= 0) state.lines[state.now].item.classList.remove("now");
  state.now = now;
  if (now < 0) return;
  const item = state.lines[now].item;
  item.classList.add("now");
  if (Date.now() - state.touched > 4000) reveal(item);
}

function reveal(item) {
  const list = $("lines");
  list.scrollTop = item.offsetTop - list.clientHeight / 3;
}

// step goes to the line before or behind the one being spoken.
function step(by) {
  const place = state.order.indexOf(state.now) + by;
  if (place < 0 || place >= state.order.length) return;
  state.touched = 0;
  seek(state.lines[state.order[place]].from_ms);
}

function showFilms(films) {
  const stage = $("films");
  for (const f of films) {
    const e = make(f.picture ? "video" : "audio");
    e.preload = "auto";
    e.src = f.src;
    e.playsInline = true;
    e.addEventListener("error", () => notice(say("player.media.fault")));
    if (f.picture) {
      e.className = state.films.length ? "small" : "main";
      e.title = f.title;
      e.addEventListener("click", () => e.className === "small" ? swap(e) : toggle());
    }
    if (state.films.length) e.muted = true;
    state.films.push(e);
    stage.append(e);
  }
  state.master = state.films[0] || null;
  if (!films.some(f => f.picture)) {
    stage.className = "sound";
    stage.append(make("p", say(films.length ? "player.sound_only" : "player.no_media")));
  }
  if (!state.master) return;
  const m = state.master;
  for (const name of ["play", "pause", "seeked", "ratechange", "timeupdate"]) m.addEventListener(name, () => { together(); draw(); });
  m.addEventListener("play", () => { $("play").textContent = "‖ " + say("player.pause"); tick(); });
  m.addEventListener("pause", () => { $("play").textContent = "▶ " + say("player.play"); });
  m.addEventListener("loadedmetadata", () => {
    state.duration = Math.max(state.duration, isFinite(m.duration) ? m.duration * 1000 : 0);
    state.spans.forEach(place);
    const from = Number(query.get("at") || 0);
    if (from > 0) seek(from);
    draw();
  }, { once: true });
}

// swap makes a small picture the large one; the sound stays where it is.
function swap(chosen) {
  for (const f of state.films) if (f.className === "main") f.className = "small";
  chosen.className = "main";
}

function showLines(lines) {
  const list = $("lines");
  list.replaceChildren();
  if (!lines.length) list.append(make("li", say("player.no_lines"), "none"));
  for (const l of lines) {
    const item = make("li", undefined, l.role), who = make("span", l.who, "who");
    who.append(make("small", clock(l.from_ms)));
    l.body = make("span", l.text, "text");
    item.append(who, l.body);
    for (const f of l.fixes || []) item.append(make("span", f, "fix"));
    item.tabIndex = -1;
    item.addEventListener("click", () => { state.touched = 0; seek(l.from_ms); });
    l.item = item;
    list.append(item);
  }
  state.lines = lines;
  state.order = lines.map((_, i) => i).sort((a, b) => lines[a].from_ms - lines[b].from_ms);
}

function span(kind, from, to, title) {
  const e = make("div", undefined, kind);
  e.title = title;
  $("spans").append(e);
  state.spans.push({ e, from, to });
  place(state.spans[state.spans.length - 1]);
}

// place puts a span where its time lies on the line.
function place(s) {
  const whole = state.duration || 1;
  s.e.style.left = s.from / whole * 100 + "%";
  if (s.to > s.from) s.e.style.width = (s.to - s.from) / whole * 100 + "%";
}

function showEvents(events) {
  for (const l of state.lines) if (l.to_ms > l.from_ms) span("speech", l.from_ms, l.to_ms, l.text.slice(0, 60));
  const list = $("events");
  for (const e of events) {
    span(e.kind, e.from_ms, e.to_ms, clock(e.from_ms) + " " + e.text);
    const b = make("button");
    b.type = "button";
    b.append(make("b", clock(e.from_ms)), e.sign + " " + e.text);
    b.addEventListener("click", () => seek(e.from_ms));
    const item = make("li");
    item.append(b);
    list.append(item);
  }
  list.hidden = !events.length;
}

function search() {
  const want = $("search").value.trim().toLowerCase();
  state.hits = [];
  state.hit = 0;
  for (const l of state.lines) {
    if (l.marked) l.body.textContent = l.text;
    l.marked = false;
    if (!want) continue;
    const low = l.text.toLowerCase(), parts = [];
    let from = 0;
    for (let i = low.indexOf(want); i >= 0 && low.length === l.text.length; i = low.indexOf(want, from)) {
      const m = make("mark", l.text.slice(i, i + want.length));
      parts.push(l.text.slice(from, i), m);
      state.hits.push({ line: l, mark: m });
      from = i + want.length;
    }
    if (parts.length) {
      l.body.replaceChildren(...parts, l.text.slice(from));
      l.marked = true;
    }
  }
  showHit(0);
}

function showHit(by) {
  const n = state.hits.length;
  $("hits").textContent = n ? "" : $("search").value.trim() ? say("player.hits.none") : "";
  if (!n) return;
  state.hits[state.hit].mark.classList.remove("at");
  state.hit = (state.hit + by + n) % n;
  const h = state.hits[state.hit];
  h.mark.classList.add("at");
  state.touched = Date.now();
  reveal(h.line.item);
  $("hits").textContent = (state.hit + 1) + "/" + n;
}

function typed(e) {
  if (e.target.tagName === "INPUT" && e.target.type === "search") {
    if (e.key === "Enter") { showHit(e.shiftKey ? -1 : 1); e.preventDefault(); }
    if (e.key === "Escape") { $("search").value = ""; search(); $("search").blur(); }
    return;
  }
  if (e.ctrlKey || e.altKey || e.metaKey || e.target.tagName === "SELECT") return;
  const speed = $("speed");
  const acts = {
    " ": toggle, k: toggle, ArrowLeft: () => seek(at() - 5000), ArrowRight: () => seek(at() + 5000),
    j: () => seek(at() - 10000), l: () => seek(at() + 10000), ArrowUp: () => step(-1), ArrowDown: () => step(1),
    Home: () => seek(0), "/": () => $("search").focus(),
    "[": () => { speed.selectedIndex = Math.max(0, speed.selectedIndex - 1); rate(); },
    "]": () => { speed.selectedIndex = Math.min(speed.length - 1, speed.selectedIndex + 1); rate(); },
  };
  const act = acts[e.key.length === 1 ? e.key.toLowerCase() : e.key];
  if (!act || (e.key === " " && (e.target.tagName === "BUTTON" || e.target.tagName === "SUMMARY")) || (e.target.tagName === "INPUT" && e.key.startsWith("Arrow"))) return;
  e.preventDefault();
  act();
}

function rate() { for (const f of state.films) f.playbackRate = Number($("speed").value); }

function showFacts(f) {
  $("brief").textContent = f.brief;
  for (const r of f.rows) $("rows").append(make("dt", r.label), make("dd", r.text));
  if (f.faults.length) notice(f.faults.join(" "));
  for (const p of f.papers) {
    const a = make("a", p.title);
    a.href = p.src;
    a.target = "_blank";
    a.rel = "noopener";
    $("papers").append(a);
  }
}

function showVerdict(v) {
  const box = $("verdict");
  $("verdict-title").textContent = v.title;
  box.className = v.tone;
  $("verdict-progress").hidden = v.state !== "running";
  if (v.state === "running") { $("verdict-progress").value = v.percent; return; }
  for (const a of v.answers) {
    const item = make("li", a.text);
    item.prepend(make("span", a.name));
    $("answers").append(item);
  }
  for (const g of v.groups) {
    $("findings").hidden = false;
    $("found").append(make("h2", g.title + " (" + g.items.length + ")"));
    for (const i of g.items) {
      $("found").append(make("p", i.text));
      if (i.to_ms > i.from_ms) span("fault", i.from_ms, i.to_ms, i.text);
    }
  }
}

async function ask(name) {
  const answer = await fetch(name + "?lang=" + lang, { cache: "no-store" });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

async function verify() {
  for (;;) {
    let v;
    try { v = await ask("verdict.json"); } catch (e) { $("verdict-title").textContent = say("player.gone"); return; }
    showVerdict(v);
    if (v.state !== "running") return;
    await new Promise(done => setTimeout(done, 400));
  }
}

async function begin() {
  let f;
  try { f = await ask("facts.json"); } catch (e) { $("lines").replaceChildren(make("li", "✗ " + e.message, "none")); return; }
  state.words = f.words;
  state.duration = f.duration_ms;
  state.start = f.start_ms;
  $("timeline").setAttribute("aria-valuemax", Math.round(f.duration_ms / 1000));
  showFacts(f);
  showLines(f.lines);
  showFilms(f.films);
  showEvents(f.events);
  draw();
  document.body.dataset.ready = "yes";
  verify();
}

$("play").addEventListener("click", toggle);
$("back").addEventListener("click", () => seek(at() - 10000));
$("forward").addEventListener("click", () => seek(at() + 10000));
$("speed").addEventListener("change", rate);
$("volume").addEventListener("input", () => { if (state.master) state.master.volume = $("volume").value / 100; });
$("search").addEventListener("input", search);
$("timeline").addEventListener("click", e => {
  const box = $("timeline").getBoundingClientRect();
  seek((e.clientX - box.left) / box.width * state.duration);
});
for (const name of ["wheel", "touchmove", "pointerdown"]) $("lines").addEventListener(name, () => { state.touched = Date.now(); }, { passive: true });
$("language").addEventListener("click", e => {
  e.preventDefault();
  location.search = "?lang=" + (lang === "zh" ? "en" : "zh") + "&at=" + Math.round(at());
});
document.addEventListener("keydown", typed);
begin();
