// Searches the sections of the book: every word of the query, in either spelling, in the text or
// the titles of a place; the best first. What was found is written into the page of the search.
(() => {
  "use strict";

  const MOST = 40; // results that are shown
  const PLACE = { title: 12, chapter: 4, text: 1 }; // what a word counts where it stands
  const WHOLE = 40; // for a title that holds the query as it is
  const HEAD = 1.5; // a chapter comes before its sections

  // Spelling: British and American stems become one.
  const SPELLINGS = [
    [/yz$/, "ys"],
    [/iz$/, "is"],
    [/(.{5})is$/, "$1"],
    [/our$/, "or"],
    [/(param|kilom|centim)etr/, "$1eter"],
    [/^centr$/, "center"],
    [/ogu$/, "og"],
    [/^grei$/, "grai"],
    [/^artefact$/, "artifact"],
    [/^(lic|def|off)enc$/, "$1ens"],
    [/^judgement$/, "judgment"],
  ];
  const stemmer = new Stemmer();
  const respell = (stem) => SPELLINGS.reduce((word, [from, to]) => word.replace(from, to), stem);
  const known = new Map();

  // "generalis" is "general" by now, whose own stem is that of "generalization".
  function unify(stem) {
    if (!known.has(stem)) known.set(stem, stemmer.stemWord(respell(stem)));
    return known.get(stem);
  }

  const split = (text) => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  const stemOf = (word) => unify(stemmer.stemWord(word));
  const phraseOf = (text) => split(text).map(stemOf).join(" ");

  // The words of a query; one that is nothing but "the" and "of" keeps them.
  function readQuery(query) {
    const words = split(query);
    const telling = words.filter((word) => !stopwords.includes(word));
    return [...new Set((telling.length ? telling : words).map(stemOf))];
  }

  // The places of the book, with how often each word stands there.
  function count(words) {
    const counts = new Map();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    return counts;
  }

  function place(page, chapter, entry) {
    const isHead = !entry.anchor;
    const label = isHead ? chapter : `${chapter} › ${entry.title}`;
    const address = `${page}.html${isHead ? "" : `#${entry.anchor}`}`;
    return {
      label,
      address,
      isHead,
      opening: entry.opening,
      name: phraseOf(entry.title),
      title: new Set(split(entry.title).map(stemOf)),
      chapter: new Set(split(chapter).map(stemOf)),
      text: count(entry.stems.split(" ").map(unify)),
    };
  }

  function readIndex(index) {
    const pages = Object.entries(index).filter(([, entries]) => entries.length);
    const all = pages.flatMap(([page, [head, ...rest]]) => {
      const below = rest.filter((entry) => entry.title !== head.title);
      return [head, ...below].map((entry) => place(page, head.title, entry));
    });
    const labels = new Set();
    return all.filter(({ label }) => !labels.has(label) && labels.add(label));
  }

  // What a word counts in a place: whole words more than beginnings, rare ones more than common.
  const has = (words, word) =>
    words.has(word) ? 1 : word.length > 2 && [...words].some((other) => other.startsWith(word)) ? 0.5 : 0;

  function occurrences(counts, word) {
    if (counts.has(word)) return Math.log2(1 + counts.get(word));
    return word.length > 2 && [...counts.keys()].some((other) => other.startsWith(word)) ? 0.5 : 0;
  }

  const worth = (found, word) =>
    PLACE.title * has(found.title, word) +
    PLACE.chapter * has(found.chapter, word) +
    PLACE.text * occurrences(found.text, word);

  function score(found, phrase, rarity) {
    const worths = rarity.map(([word, rare]) => rare * worth(found, word));
    if (!worths.length || worths.some((value) => value === 0)) return 0;
    const whole = found.name.includes(phrase) ? (WHOLE * phrase.length) / found.name.length : 0;
    const sum = worths.reduce((total, value) => total + value, whole);
    return found.isHead && rarity.some(([word]) => found.title.has(word)) ? HEAD * sum : sum;
  }

  function search(places, query) {
    const rarity = readQuery(query).map((word) => {
      const holders = places.filter((found) => worth(found, word) > 0).length;
      return [word, Math.log(1 + places.length / (1 + holders))];
    });
    const phrase = phraseOf(query);
    const scored = places.map((found) => [score(found, phrase, rarity), found]);
    const good = scored.filter(([value]) => value > 0).sort(([a], [b]) => b - a);
    return good.map(([, found]) => found);
  }

  // The page.

  function make(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
    return element;
  }

  function result({ label, address, opening }) {
    const link = make("a", "", label);
    link.href = address;
    return make("li", "", link, ...(opening ? [make("p", "context", opening)] : []));
  }

  function summary(found) {
    if (!found.length) return "Nothing was found: try fewer words, or the beginning of one.";
    const places = found.length === 1 ? "place" : "places";
    const shown = found.length > MOST ? `; here are the first ${MOST}` : "";
    return `Search finished, found ${found.length} ${places}${shown}.`;
  }

  function show(found) {
    const said = make("p", "search-summary", summary(found));
    said.setAttribute("role", "status");
    const list = make("ul", "search", ...found.slice(0, MOST).map(result));
    document.getElementById("search-results").replaceChildren(make("h2", "", "Results"), said, list);
  }

  // Sphinx's own script marks these words on the page that the reader opens next.
  function remember(query) {
    try {
      localStorage.setItem("sphinx_highlight_terms", split(query).join(" "));
    } catch {
      // a browser that stores nothing marks nothing
    }
  }

  const query = new URLSearchParams(location.search).get("q") ?? "";
  for (const field of document.querySelectorAll('input[name="q"]')) field.value = query;
  if (query.trim()) {
    show(search(readIndex(window.SECTION_INDEX), query));
    remember(query);
  }
})();
