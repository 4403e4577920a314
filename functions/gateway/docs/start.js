"use strict";

// Swagger UI shows the groups collapsed, and creates an operation only once its group is open. The
// index beside it contains all operations, so that they can be filtered and found by the browser.
const METHODS = ["get", "post", "put", "patch", "delete"];

const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  persistAuthorization: false, // a reload forgets keys and tokens: the browser stores none
  validatorUrl: null,
  onComplete: showIndex
});

function showIndex() {
  const api = ui.specSelectors.specJson().toJS();
  const groups = api.tags.map((tag) => createGroup(tag, listOperations(api, tag.name)));
  document.getElementById("index").replaceChildren(...groups);
}

function listOperations(api, tag) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]?.tags.includes(tag)).map((method) => ({
      path,
      method,
      id: item[method].operationId,
      summary: item[method].summary
    }))
  );
}

function createGroup(tag, operations) {
  const section = document.createElement("section");
  const list = createElement("ul", "");
  list.append(...operations.map((operation) => createEntry(tag.name, operation)));
  section.append(createElement("h2", tag.name), createElement("p", tag.description ?? ""), list);
  return section;
}

function createEntry(tag, operation) {
  const link = document.createElement("a");
  link.href = `#/${encodeURIComponent(tag)}/${encodeURIComponent(operation.id)}`;
  link.append(
    createElement("b", operation.method.toUpperCase()),
    createElement("span", operation.summary),
    createElement("small", operation.path)
  );
  const entry = document.createElement("li");
  entry.append(link);
  return entry;
}

function createElement(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

document.getElementById("filter").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const section of document.querySelectorAll("#index section")) {
    const entries = [...section.querySelectorAll("li")];
    for (const entry of entries) {
      const text = entry.textContent.toLowerCase();
      entry.hidden = !words.every((word) => text.includes(word));
    }
    section.hidden = entries.every((entry) => entry.hidden);
  }
});

window.addEventListener("hashchange", () => {
  const [, tag, id] = window.location.hash.split("/").map(decodeURIComponent);
  ui.layoutActions.show(["operations-tag", tag], true);
  ui.layoutActions.show(["operations", tag, id], true);
  setTimeout(() => document.getElementById(`operations-${tag}-${id}`)?.scrollIntoView());
});
