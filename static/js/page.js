/* What scripts add to pages that work without them: the time that is left, the progress of a task or of an upload,
   the way to the first error, and what was typed and not sent. */
(function () {
  "use strict";

  var english = document.documentElement.lang === "en";
  function say(chinese, other) { return english ? other : chinese; }

  /* ── the time until a closing, by the server's clock ────────────────────────────────────────────────────── */
  function left(minutes) {
    var days = Math.floor(minutes / 1440), hours = Math.floor((minutes % 1440) / 60), rest = minutes % 60;
    if (days) { return say("还有 " + days + " 天 " + hours + " 小时", days + " d " + hours + " h left"); }
    if (hours) { return say("还有 " + hours + " 小时 " + rest + " 分", hours + " h " + rest + " min left"); }
    return say("还有 " + rest + " 分", rest + " min left");
  }

  function countdown(element) {
    var closes = Date.parse(element.getAttribute("datetime"));
    var server = Date.parse(document.body.getAttribute("data-now"));
    var started = Date.now();
    var note = document.createElement("span");
    if (isNaN(closes) || isNaN(server)) { return; }
    element.insertAdjacentElement("afterend", note);
    function show() {
      var minutes = Math.floor((closes - server - (Date.now() - started)) / 60000);
      note.className = "left" + (minutes < 0 ? " is-late" : minutes < 1440 ? " is-soon" : "");
      note.textContent = minutes < 0 ? say("已截止", "closed") : left(minutes);
      if (minutes >= 0) { window.setTimeout(show, 20000); }
    }
    show();
  }

  /* ── a task: ask how far it is, and show its result when it has ended ───────────────────────────────────── */
  function follow(element) {
    var url = element.getAttribute("data-task");
    function ask() {
      window.fetch(url, { headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.json(); })
        .then(function (task) {
          var bar = element.querySelector("progress");
          if (bar) { bar.value = task.progress; }
          if (task.finished) { window.location.reload(); } else { window.setTimeout(ask, 800); }
        })
        .catch(function () { window.setTimeout(ask, 3000); });
    }
    ask();
  }

  /* ── what others do: look again, and show the page anew when it has changed ─────────────────────────────── */
  function watch(element) {
    var state = element.getAttribute("data-watch");
    function look() {
      window.fetch(window.location.href, { headers: { Accept: "text/html" } })
        .then(function (answer) { return answer.text(); })
        .then(function (text) {
          var found = new DOMParser().parseFromString(text, "text/html").querySelector("[data-watch]");
          if (found && found.getAttribute("data-watch") !== state) { window.location.reload(); } else { window.setTimeout(look, 10000); }
        })
        .catch(function () { window.setTimeout(look, 30000); });
    }
    window.setTimeout(look, 10000);
  }

  /* ── forms: sent once; a file with its progress; a broken line keeps the page ───────────────────────────── */
  function each(form, disabled) {
    form.querySelectorAll("button").forEach(function (button) { button.disabled = disabled; });
  }

  function hasFile(form) {
    return Array.prototype.some.call(form.querySelectorAll("input[type=file]"), function (field) { return field.files.length; });
  }

  function arrive(request) {
    var page = new DOMParser().parseFromString(request.responseText, "text/html");
    document.title = page.title;
    document.body.replaceWith(page.body);
    if (request.responseURL !== window.location.href) { window.history.pushState(null, "", request.responseURL); }
    window.scrollTo(0, 0);
    begin();
  }

  function upload(form, pressed) {
    var data = new FormData(form);
    var request = new XMLHttpRequest(), note = document.createElement("div");
    var bar = document.createElement("progress"), text = document.createElement("p");
    form.querySelectorAll(".sending").forEach(function (old) { old.remove(); });
    note.className = "sending";
    note.setAttribute("role", "status");
    bar.max = 100;
    bar.setAttribute("aria-label", say("上传进度", "Progress of the upload"));
    text.textContent = say("正在上传，请不要关闭这一页。", "The file is being sent; please keep this page open.");
    note.append(text, bar);
    form.append(note);
    request.upload.onprogress = function (event) {
      if (event.lengthComputable) { bar.value = 100 * event.loaded / event.total; }
    };
    request.upload.onload = function () { text.textContent = say("已经送到，正在检查和保存。", "It has arrived and is being checked and kept."); };
    request.onload = function () { arrive(request); };
    request.onerror = function () {
      each(form, false);
      bar.remove();
      note.className = "sending notice is-late";
      note.setAttribute("role", "alert");
      text.textContent = say("网络断了，没有送到，什么也没有提交。您填的内容都在，请再试一次。",
        "The connection broke; nothing was submitted. What you filled in is still here: please try again.");
    };
    if (pressed && pressed.name) { data.append(pressed.name, pressed.value); }
    request.open("POST", form.getAttribute("action") || window.location.href);
    request.send(data);
  }

  function guard(form) {
    form.addEventListener("submit", function (event) {
      if (event.defaultPrevented) { return; }
      if (hasFile(form)) { event.preventDefault(); upload(form, event.submitter); }
      window.setTimeout(function () { each(form, true); }, 0);
    });
  }

  /* ── what was typed and not sent: kept in this tab until it is sent or the person signs out ─────────────── */
  var KEPT = "kept ";

  function values(form) {
    var found = {};
    form.querySelectorAll("input, select, textarea").forEach(function (field) {
      if (!field.name || field.name === "csrf_token" || field.type === "file" || field.type === "password") { return; }
      if (field.type === "checkbox" || field.type === "radio") {
        (found[field.name] = found[field.name] || []).push(field.checked ? field.value : null);
      } else {
        (found[field.name] = found[field.name] || []).push(field.value);
      }
    });
    return found;
  }

  function fill(form, found) {
    var at = {};
    form.querySelectorAll("input, select, textarea").forEach(function (field) {
      var kept = found[field.name], value;
      if (!kept || field.type === "file" || field.type === "password") { return; }
      at[field.name] = at[field.name] || 0;
      value = kept[at[field.name]];
      at[field.name] += 1;
      if (field.type === "checkbox" || field.type === "radio") { field.checked = value !== null && value !== undefined; }
      else if (value !== undefined) { field.value = value; }
    });
  }

  function offer(form, kept) {
    var note = document.createElement("div"), text = document.createElement("p"), button = document.createElement("button");
    note.className = "notice mb-4";
    text.textContent = say("您上次在这一页填过、没有提交的内容还在。", "What you typed here and did not send is still there.");
    button.type = "button";
    button.className = "btn btn-quiet btn-sm mt-2";
    button.textContent = say("填回来", "Put it back");
    button.addEventListener("click", function () { fill(form, kept); note.remove(); form.querySelector("input:not([type=hidden]), textarea, select").focus(); });
    note.append(text, button);
    form.prepend(note);
  }

  function keep(form) {
    var key = KEPT + window.location.pathname, kept = JSON.parse(window.sessionStorage.getItem(key) || "null"), wait;
    if (kept && !document.querySelector(".err-sum") && JSON.stringify(kept.values) !== JSON.stringify(values(form))) { offer(form, kept.values); }
    function write(sent) { window.sessionStorage.setItem(key, JSON.stringify({ values: values(form), sent: sent })); }
    form.addEventListener("input", function () { window.clearTimeout(wait); wait = window.setTimeout(function () { write(false); }, 600); });
    form.addEventListener("submit", function () { window.clearTimeout(wait); write(true); });
  }

  function forget() {
    /* A form that was sent and did not come back has been taken; the sign-in page is no answer. */
    var here = KEPT + window.location.pathname;
    if (document.querySelector("input[type=password]")) { return; }
    Object.keys(window.sessionStorage).forEach(function (key) {
      if (key.indexOf(KEPT) === 0 && key !== here && JSON.parse(window.sessionStorage.getItem(key)).sent) { window.sessionStorage.removeItem(key); }
    });
  }

  /* ── a secret that is typed from paper: hidden, and shown to who asks ──────────────────────────────────── */
  function reveal(field) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-quiet btn-sm mt-2";
    button.setAttribute("aria-controls", field.id);
    function show(shown) {
      field.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
      button.textContent = say("显示", "Show");
      button.setAttribute("aria-label", say("显示：", "Show: ") + field.labels[0].textContent);
    }
    button.addEventListener("click", function () { show(field.type === "password"); });
    field.form.addEventListener("submit", function () { show(false); });
    field.insertAdjacentElement("afterend", button);
    show(false);
  }

  function begin() {
    var summary = document.querySelector(".err-sum"), out = document.querySelector("[data-signs-out]");
    document.querySelectorAll("input[data-reveal]").forEach(reveal);
    document.querySelectorAll("[data-countdown]").forEach(countdown);
    document.querySelectorAll("[data-task]").forEach(follow);
    document.querySelectorAll("[data-watch]").forEach(watch);
    document.querySelectorAll("form[data-keep]").forEach(keep);
    document.querySelectorAll("form[method=post]").forEach(guard);
    if (out) { out.addEventListener("submit", function () { window.sessionStorage.clear(); }); }
    if (summary) { summary.focus(); }
    forget();
  }

  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { document.querySelectorAll("form").forEach(function (form) { each(form, false); }); }
  });
  window.addEventListener("popstate", function () { window.location.reload(); });
  begin();
}());
