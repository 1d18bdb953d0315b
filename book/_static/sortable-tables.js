// Makes a button of each head in the tables of cells tagged `sortable`: the first click sorts the
// rows by that column, the second turns them round, the third brings back the order they came in.
(() => {
  "use strict";

  const LEAST = /^(?:nan|none|<na>|nat|[-–—])?$/i; // what stands where there is nothing
  const NUMBER = /^[<>≤≥≈~]?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?inf)(?![\w.])/i;
  const collator = new Intl.Collator(document.documentElement.lang || "en", {
    numeric: true,
    sensitivity: "base",
  });

  // The number that a cell begins with, as in "−0.012", "1,682", "0.426 ± 0.007", "3 of 5".
  function toNumber(text) {
    const whole = text.replace(/(\d)[,\u00a0\u2009\u202f](?=\d{3}(?!\d))/g, "$1");
    const plain = whole.replace(/[−–](?=[\d.]|inf)/gi, "-");
    const found = NUMBER.exec(plain);
    return found ? Number(found[1].replace(/inf/i, "Infinity")) : NaN;
  }

  function readKey(cell) {
    const text = cell.textContent.trim();
    return { blank: LEAST.test(text), number: toNumber(text), text };
  }

  // Numbers before words; words, and cells that begin with the same number, by the alphabet.
  function compare(a, b) {
    const words = [Number.isNaN(a.number), Number.isNaN(b.number)];
    if (words[0] !== words[1]) return words[0] - words[1];
    if (!words[0] && a.number !== b.number) return a.number < b.number ? -1 : 1;
    return collator.compare(a.text, b.text);
  }

  // What is blank stays at the end, whichever way round.
  const inOrder = (sign) => (a, b) => a.key.blank - b.key.blank || sign * compare(a.key, b.key);

  function sorted(rows, column, sign) {
    const keyed = rows.map((row) => ({ row, key: readKey(row.cells[column]) }));
    return keyed.sort(inOrder(sign)).map(({ row }) => row);
  }

  // The head of a column is its last one with words: an index has its name in a row of its own.
  function findHead(table, column) {
    const heads = [...table.tHead.rows].map((row) => row.cells[column]);
    return heads.findLast((head) => head.textContent.trim()) ?? heads[0];
  }

  function addButton(head) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    if (head.textContent.trim()) button.append(...head.childNodes);
    else button.setAttribute("aria-label", "Row");
    const arrow = document.createElement("span");
    arrow.className = "sort-arrow";
    arrow.ariaHidden = "true";
    button.append(arrow);
    head.replaceChildren(button);
    return button;
  }

  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

  function makeSortable(table) {
    const body = table.tBodies[0];
    const original = [...body.rows];
    const heads = [...table.tHead.rows[0].cells].map((_, column) => findHead(table, column));
    heads.forEach((head, column) => {
      addButton(head).addEventListener("click", () => {
        const order = NEXT[head.getAttribute("aria-sort") ?? "none"];
        for (const other of heads) other.removeAttribute("aria-sort");
        if (order !== "none") head.setAttribute("aria-sort", order);
        const sign = order === "descending" ? -1 : 1;
        body.append(...(order === "none" ? original : sorted(original, column, sign)));
      });
    });
  }

  // One body, and the same number of cells in every row, none of which spans more than its own.
  function hasColumns(table) {
    if (!table.tHead?.rows.length || table.tBodies.length !== 1) return false;
    const rows = [...table.tHead.rows, ...table.tBodies[0].rows];
    const cells = rows.flatMap((row) => [...row.cells]);
    return (
      rows.every((row) => row.cells.length === rows[0].cells.length) &&
      cells.every((cell) => cell.rowSpan === 1 && cell.colSpan === 1)
    );
  }

  for (const table of document.querySelectorAll(".tag_sortable .cell_output table")) {
    if (hasColumns(table)) makeSortable(table);
  }
})();
