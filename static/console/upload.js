// Files dropped on a container go up one after another, three at a time, each with its progress and a way to stop it.
// On the form of a new image one goes up, with what else is in the form; the answer says where to go on.
(() => {
  const AT_ONCE = 3;
  const waiting = [];
  let running = 0;
  let failed = 0;
  let onward = "";

  function start(zone, file) {
    const line = document.createElement("li");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    const said = document.createElement("span");
    const stop = document.createElement("button");
    const key = zone.dataset.prefix + (file.webkitRelativePath || file.name);
    name.textContent = file.name;
    bar.max = file.size || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    stop.type = "button";
    stop.className = "btn tiny";
    stop.textContent = zone.dataset.cancel;
    line.append(name, bar, said, stop);
    zone.querySelector(".uploads").append(line);
    const job = { zone, file, key, line, bar, said, stop };
    if (file.size > Number(zone.dataset.largest)) fail(job, zone.dataset.tooLarge);
    else waiting.push(job);
    stop.addEventListener("click", () => {
      const at = waiting.indexOf(job);
      if (at >= 0) waiting.splice(at, 1);
      if (job.request) job.request.abort();
      line.remove();
    });
  }

  function fail(job, text) {
    failed += 1;
    job.line.className = "bad";
    job.said.setAttribute("role", "alert");
    job.said.textContent = text;
    job.bar.remove();
    job.stop.remove();
  }

  function answered(job) {
    let message = "";
    let location = "";
    try {
      ({ message, location } = JSON.parse(job.request.responseText));
    } catch {
      message = `${job.request.status}`;
    }
    if (job.request.status >= 200 && job.request.status < 300) {
      onward = location || "";
      job.said.textContent = job.zone.dataset.done;
      job.stop.remove();
    } else {
      fail(job, message || job.zone.dataset.failed);
    }
  }

  function send(job) {
    const request = new XMLHttpRequest();
    job.request = request;
    running += 1;
    const query = new URLSearchParams(job.zone.tagName === "FORM" ? new FormData(job.zone) : {});
    query.set("key", job.key);
    request.open("PUT", `${job.zone.dataset.upload}?${query}`);
    request.setRequestHeader("Content-Type", job.file.type || "application/octet-stream");
    request.setRequestHeader("X-Form-Token", job.zone.dataset.token);
    request.upload.addEventListener("progress", (event) => {
      job.bar.value = event.loaded;
      const all = event.loaded === event.total && job.zone.dataset.checking;
      job.said.textContent = all || `${Math.floor((100 * event.loaded) / (event.total || 1))} %`;
    });
    request.addEventListener("load", () => answered(job));
    request.addEventListener("error", () => fail(job, job.zone.dataset.failed));
    request.addEventListener("loadend", () => {
      running -= 1;
      next();
    });
    request.send(job.file);
  }

  // When all have come the list is read anew; a failure stays on the screen to be read.
  function next() {
    while (running < AT_ONCE && waiting.length) send(waiting.shift());
    if (running || waiting.length || failed) return;
    if (onward) location.assign(onward);
    else location.reload();
  }

  function take(zone, files) {
    failed = 0;
    zone.querySelectorAll(".uploads .bad").forEach((line) => line.remove());
    [...files].slice(0, "one" in zone.dataset ? 1 : undefined).forEach((file) => start(zone, file));
    if (waiting.length) next();
  }

  const zone = (event) => event.target.closest?.("[data-upload]");
  document.addEventListener("change", (event) => {
    if (event.target.type === "file" && zone(event)) {
      take(zone(event), event.target.files);
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
  document.addEventListener("drop", (event) => {
    if (zone(event)) {
      event.preventDefault();
      zone(event).classList.remove("over");
      take(zone(event), event.dataTransfer.files);
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-upload]")) event.preventDefault(); // its file goes up as soon as it is chosen
  });
  addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });
})();
