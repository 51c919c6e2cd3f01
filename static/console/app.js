// The progressive layer: every page reads and every form submits without it.
(() => {
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  function say(text, bad) {
    if (all(".toast").some((old) => old.textContent === text)) return; // a page that follows says it once
    const toast = document.createElement("div");
    toast.className = bad ? "toast err" : "toast";
    toast.setAttribute("role", bad ? "alert" : "status");
    toast.append(text);
    one(".toasts").append(toast);
    setTimeout(() => toast.remove(), 6000);
  }

  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
  }

  function switchTheme() {
    root.dataset.theme = isDark() ? "light" : "dark";
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax${secure}`;
  }

  async function copy(button) {
    const source = button.dataset.copyFrom ? one(button.dataset.copyFrom).textContent : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(source);
      say(button.dataset.done);
    } catch {
      say(button.dataset.failed, true);
    }
  }

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    if (at("[data-copy],[data-copy-from]")) copy(at("[data-copy],[data-copy-from]"));
    if (at("[data-theme-toggle]")) {
      event.preventDefault();
      event.stopPropagation();
      switchTheme();
    }
    if (at("[data-open]")) one(at("[data-open]").dataset.open).showModal();
    if (event.target.tagName === "DIALOG") event.target.close();
    if (at("#cmdk a")) one("#cmdk").close();
  }, true);

  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key === "k" && one("#cmdk")) {
      event.preventDefault();
      one("#cmdk").showModal();
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches("#cmdk input")) {
      const words = event.target.value.toLowerCase();
      all("#cmdk li").forEach((item) => { item.hidden = !item.textContent.toLowerCase().includes(words); });
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) {
      all("input[name=id],input[name=folder]", event.target.form).forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches("input[name=key]")) showPaste();
  });

  function showPaste() {
    const field = one("#paste");
    const picked = one("input[name=key]:checked");
    if (field && picked) field.hidden = picked.value !== "paste";
  }

  // A key made a moment ago goes to the person's disk at once; the page still offers it.
  function arrive() {
    const file = one("a[data-download-now]");
    if (file) {
      file.removeAttribute("data-download-now");
      file.click();
    }
    showPaste();
    all(".toast:not(.err)").forEach((toast) => {
      setTimeout(() => toast.remove(), 1000 * (toast.dataset.seconds || 8));
    });
  }

  // The sign-up's puzzle: a worker solves it while the person types; a form sent early waits for it.
  const puzzle = { until: 0, solved: null };

  async function solve(form) {
    const answer = await fetch("/signup/challenge", { headers: { Accept: "application/json" } });
    const { challenge } = await answer.json();
    const worker = new Worker(form.dataset.puzzle);
    try {
      return await new Promise((done, failed) => {
        worker.onmessage = (event) => done(event.data);
        worker.onerror = failed;
        worker.postMessage(challenge);
      });
    } finally {
      worker.terminate();
    }
  }

  function startPuzzle(form) {
    if (!puzzle.solved || Date.now() > puzzle.until) {
      puzzle.until = Date.now() + 9 * 60 * 1000; // the challenge is good for ten minutes
      puzzle.solved = solve(form);
      puzzle.solved.then(() => {
        const said = one("[data-puzzle-said]", form);
        if (said) said.textContent = said.dataset.puzzleSaid;
      }, () => { puzzle.solved = null; });
    }
    return puzzle.solved;
  }

  document.addEventListener("focusin", (event) => {
    const form = event.target.closest("form[data-puzzle]");
    if (form) startPuzzle(form).catch(() => {});
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-puzzle]") || form.elements.nonce.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    root.setAttribute("data-busy", "");
    try {
      const { text, nonce } = await startPuzzle(form);
      form.elements.challenge.value = text;
      form.elements.nonce.value = nonce;
      puzzle.solved = null; // good once
      setTimeout(() => form.requestSubmit()); // within this event's own dispatch it would be ignored
    } catch {
      say(document.body.dataset.failed, true);
    } finally {
      root.removeAttribute("data-busy");
    }
  }, true);

  // htmx asks the question of a form; that of one of its buttons is asked here.
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm;
    if (question && !confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  document.addEventListener("htmx:before:request", (event) => {
    if (event.detail.ctx.sourceElement?._htmx?.boosted) root.setAttribute("data-busy", "");
  });

  // A failure of ours never replaces good content. What a page followed and is not there any more, or is not this
  // person's, is for a page of its own to say.
  document.addEventListener("htmx:before:response", (event) => {
    const { response, sourceElement } = event.detail.ctx;
    const { status } = response.raw;
    const gone = status >= 400 && sourceElement?.matches?.("[hx-trigger^=every]");
    if (status < 500 && !gone) return;
    event.preventDefault();
    root.removeAttribute("data-busy");
    if (status >= 500) say(document.body.dataset.failed, true);
    else location.reload();
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.error?.name !== "AbortError") say(document.body.dataset.failed, true);
  });

  // After a boosted navigation the reader starts at the heading, not nowhere.
  document.addEventListener("htmx:after:swap", (event) => {
    root.removeAttribute("data-busy");
    if (event.detail.ctx?.target === document.body) {
      arrive();
      const heading = one("[data-focus]") || one("h1");
      if (heading) {
        heading.tabIndex = -1;
        heading.focus({ preventScroll: true });
      }
    }
  });

  const live = (on) => {
    one("[data-live-on]")?.toggleAttribute("hidden", !on);
    one("[data-live-off]")?.toggleAttribute("hidden", on);
  };
  document.addEventListener("htmx:sse:after:connection", () => live(true));
  document.addEventListener("htmx:sse:error", () => live(false));

  arrive();
})();
