// Files dropped on a page with a place for them go up three at a time, each with its progress and a way to stop it.
// They go on while other pages are looked at; their lines follow. A file that failed stays, to be read and tried again.
(() => {
  const AT_ONCE = 3;
  const one = (selector, within = document) => within.querySelector(selector);
  const make = (name, values = {}) => Object.assign(document.createElement(name), values);
  const box = make("div", { className: "uploads" });
  const list = make("ul");
  const said = make("p", { className: "sm sec" });
  said.setAttribute("role", "status");
  const left = make("p", { className: "row sm sec" });
  const all = make("button", { type: "button", className: "btn tiny end" });
  left.append(make("span"), all);
  box.append(said, left, list);
  const waiting = [];
  const jobs = new Set(); // those whose bytes are on their way
  let done = 0;
  let onward = "";

  // The lines are where files are dropped on this page, else in its corner.
  function settle() {
    const place = one("[data-upload] .uploads");
    if (place === box || (!place && box.parentNode === document.body)) return;
    if (!list.children.length && !said.textContent) return;
    box.classList.toggle("dock", !place);
    if (place) place.replaceWith(box);
    else document.body.append(box);
  }

  function start(zone, file, path) {
    const { upload: address, prefix, largest } = zone.dataset;
    const job = {
      file, address, key: prefix + path, words: zone.dataset, token: zone.elements.form_token.value,
      form: ["name", "checksum", "store"].filter((name) => zone.elements[name]).map((name) => [name, zone.elements[name].value]),
      line: make("li"), bar: make("progress", { max: file.size || 1, value: 0, ariaLabel: path }), text: make("span"),
      button: make("button", { type: "button", className: "btn tiny" }), guard: "guard" in zone.dataset,
    };
    job.line.append(make("span", { textContent: path, className: "clip", title: path }), job.bar, job.text, job.button);
    list.append(job.line);
    job.button.addEventListener("click", () => (job.failed ? again(job) : stop(job)));
    if (file.size > Number(largest)) fail(job, job.words.tooLarge, "");
    else queue(job);
  }

  function queue(job) {
    job.failed = false;
    job.line.className = "";
    job.text.removeAttribute("role");
    job.text.textContent = "";
    job.bar.hidden = false;
    job.button.textContent = job.words.cancel;
    waiting.push(job);
  }

  function again(job) {
    queue(job);
    next();
  }

  // Whoever stopped one by the keyboard goes on from the line beside it.
  function stop(job) {
    const beside = job.line.nextElementSibling || job.line.previousElementSibling;
    if (waiting.includes(job)) waiting.splice(waiting.indexOf(job), 1);
    job.line.remove();
    (one("button", beside || box) || one("[data-upload] input[type=file]"))?.focus();
    if (job.request) job.request.abort();
  }

  all.addEventListener("click", () => {
    waiting.splice(0).forEach((job) => job.line.remove());
    jobs.forEach((job) => job.request.abort());
    one("[data-upload] input[type=file]")?.focus();
  });

  // Many lines are told in one, which is not read out with every file.
  function tell(words) {
    left.hidden = waiting.length + jobs.size <= AT_ONCE;
    left.firstChild.textContent = words.left?.replace("%n", waiting.length + jobs.size);
    all.textContent = words.cancelAll;
  }

  function fail(job, text, word) {
    job.failed = true;
    job.line.className = "bad";
    job.text.setAttribute("role", "alert");
    job.text.textContent = text;
    job.bar.hidden = true;
    job.button.textContent = word;
    job.button.hidden = !word;
  }

  function answered(job) {
    const { status, responseText } = job.request;
    let answer = null;
    try {
      answer = JSON.parse(responseText);
    } catch {
      // no answer of ours: a page of something in between
    }
    if (answer && status >= 200 && status < 300) {
      done += 1;
      onward = answer.location || "";
      job.line.remove();
    } else if (status === 412 && job.guard) {
      job.guard = false;
      fail(job, job.words.taken, job.words.replace);
    } else {
      const again = !answer || status === 401 || status >= 500; // what was refused once is refused again
      fail(job, answer?.message || document.body.dataset.failed, again ? job.words.again : "");
    }
  }

  function progress(job, event, began) {
    const speed = event.loaded / 1000 / Math.max(1, performance.now() - began);
    const shown = speed.toLocaleString(document.documentElement.lang, { maximumSignificantDigits: 2 });
    const percent = Math.floor((100 * event.loaded) / (event.total || 1));
    job.bar.value = event.loaded;
    job.text.textContent = percent === 100 && job.words.checking ? job.words.checking : `${percent} % · ${shown} MB/s`;
  }

  function send(job) {
    const request = new XMLHttpRequest();
    const began = performance.now();
    job.request = request;
    jobs.add(job);
    request.open("PUT", `${job.address}?${new URLSearchParams([...job.form, ["key", job.key]])}`);
    request.setRequestHeader("Content-Type", job.file.type || "application/octet-stream");
    request.setRequestHeader("X-Form-Token", job.token);
    if (job.guard) request.setRequestHeader("If-None-Match", "*");
    request.upload.addEventListener("progress", (event) => progress(job, event, began));
    request.addEventListener("load", () => answered(job));
    request.addEventListener("error", () => fail(job, job.words.failed, job.words.again));
    request.addEventListener("abort", () => job.line.remove());
    request.addEventListener("loadend", () => {
      jobs.delete(job);
      tell(job.words);
      next();
    });
    request.send(job.file);
  }

  function next() {
    while (jobs.size < AT_ONCE && waiting.length) send(waiting.shift());
    settle();
    if (!jobs.size && !waiting.length && done) finish();
  }

  // All have come: the list is read anew, or the page of a new image is shown. Elsewhere it is only said.
  async function finish() {
    const zone = one("[data-upload]");
    said.textContent = (zone || box).dataset.up?.replace("%n", done) || said.textContent;
    done = 0;
    if (onward && zone && !list.children.length) location.assign(onward);
    else if (zone && !onward) await htmx.ajax("GET", location.pathname + location.search, { target: "body" });
    setTimeout(() => { said.textContent = jobs.size ? said.textContent : ""; }, 10000);
  }

  async function walk(entry, path, found) {
    if (entry.isFile) {
      found.push([path + entry.name, await new Promise((yes, no) => entry.file(yes, no))]);
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((yes, no) => reader.readEntries(yes, no));
      if (!some.length) return;
      for (const inner of some) await walk(inner, `${path}${entry.name}/`, found);
    }
  }

  async function dropped(carried) {
    const plain = [...carried.files].map((file) => [file.name, file]);
    const entries = [...carried.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.some((entry) => entry.isDirectory)) return plain;
    const found = [];
    for (const entry of entries) await walk(entry, "", found);
    return found;
  }

  function take(zone, files) {
    list.querySelectorAll(".bad").forEach((line) => line.remove());
    box.dataset.up = zone.dataset.up;
    said.textContent = "";
    files.slice(0, "one" in zone.dataset ? 1 : undefined).forEach(([path, file]) => start(zone, file, path));
    next();
    tell(zone.dataset);
  }

  const zone = (event) => event.target.closest?.("[data-upload]");
  document.addEventListener("change", (event) => {
    if (event.target.type === "file" && zone(event)) {
      take(zone(event), [...event.target.files].map((file) => [file.webkitRelativePath || file.name, file]));
      event.target.value = "";
    }
  });
  document.addEventListener("dragover", (event) => {
    if (zone(event)) {
      event.preventDefault();
      zone(event).classList.add("over");
    }
  });
  document.addEventListener("dragleave", (event) => zone(event)?.classList.remove("over"));
  document.addEventListener("drop", async (event) => {
    const at = zone(event);
    if (at) {
      event.preventDefault();
      at.classList.remove("over");
      take(at, await dropped(event.dataTransfer));
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-upload]")) event.preventDefault(); // its file goes up as soon as it is chosen
  }, true);
  document.addEventListener("htmx:after:swap", settle);
  addEventListener("beforeunload", (event) => {
    if (jobs.size) event.preventDefault();
  });
})();
