// The search field of the manual. index.js has the names: [name, page, first sentence].
(function () {
  const field = document.getElementById("search");
  const list = document.getElementById("found");
  const MOST = 12;
  let chosen = -1;

  // Names that begin with the text come first, then those with it at the beginning of a part, then the others; short ones first.
  function rank(name, text) {
    const lower = name.toLowerCase();
    const place = lower.indexOf(text);
    if (place < 0) return null;
    const begins = place === 0 || /[.:_ ]/.test(lower[place - 1]);
    return (place === 0 ? 0 : begins ? 100 : 200) + name.length / 100 + (lower.endsWith(text) ? -50 : 0);
  }

  function matches(text) {
    const ranked = [];
    for (const entry of NAMES) {
      const order = rank(entry[0], text);
      if (order !== null) ranked.push([order, entry]);
    }
    ranked.sort((a, b) => a[0] - b[0]);
    return ranked.slice(0, MOST).map((pair) => pair[1]);
  }

  function item(entry) {
    const row = document.createElement("li");
    const link = document.createElement("a");
    const name = document.createElement("code");
    name.textContent = entry[0];
    link.href = entry[1];
    link.append(name, " " + entry[2]);
    row.append(link);
    return row;
  }

  function show() {
    const text = field.value.trim().toLowerCase();
    chosen = -1;
    list.replaceChildren(...(text ? matches(text).map(item) : []));
  }

  function choose(step) {
    const rows = list.children;
    if (rows.length === 0) return;
    if (chosen >= 0) rows[chosen].classList.remove("chosen");
    chosen = (chosen + step + rows.length) % rows.length;
    rows[chosen].classList.add("chosen");
  }

  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? 0 : -1);
    else if (event.key === "Escape") { field.value = ""; show(); }
    else if (event.key === "Enter") {
      const row = list.children[Math.max(chosen, 0)];
      if (row) location.href = row.firstChild.href;
    } else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field) { field.focus(); event.preventDefault(); }
  });
})();
