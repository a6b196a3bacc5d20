/* Files of a bid, sealed as they are chosen: in pieces small enough to stay in the server's memory, each sent again until
   it has arrived, with progress and a way to stop; and the server's clock. Without this script a plain form does the same. */
(function () {
  "use strict";

  var english = document.documentElement.lang === "en";
  var form = document.querySelector("form[data-seal]");
  var TRIES = 5, WAIT = 1500;
  function say(chinese, other) { return english ? other : chinese; }

  /* ── the server's clock ─────────────────────────────────────────────────────────────────────────────────── */
  function tick(element) {
    var server = Date.parse(document.body.getAttribute("data-now")), started = Date.now();
    if (isNaN(server)) { return; }
    var format = new Intl.DateTimeFormat(english ? "en-GB" : "zh-CN", { dateStyle: "long", timeStyle: "medium", timeZone: "Asia/Shanghai" });
    window.setInterval(function () { element.textContent = format.format(server + Date.now() - started); }, 1000);
  }
  document.querySelectorAll("[data-clock]").forEach(tick);

  if (!form || !window.fetch || !window.crypto || !window.Blob) { return; }

  /* ── one file ───────────────────────────────────────────────────────────────────────────────────────────── */
  var field = form.querySelector("input[type=file]"), button = form.querySelector("button");
  var token = form.querySelector("input[name=csrf_token]").value;
  var address = form.getAttribute("data-seal"), PIECE = Number(form.getAttribute("data-piece")), most = Number(form.getAttribute("data-most"));
  var busy = false, stop = null;

  function random() {
    return Array.prototype.map.call(window.crypto.getRandomValues(new Uint8Array(16)), function (byte) { return ("0" + byte.toString(16)).slice(-2); }).join("");
  }

  function refused(text) { var error = new Error(text); error.final = true; return error; }

  function send(url, method, headers, body, tries) {
    headers["Content-Type"] = "application/octet-stream";
    headers["X-CSRFToken"] = token;
    return window.fetch(url, { method: method, headers: headers, body: body, credentials: "same-origin", signal: stop.signal })
      .then(function (answer) {
        if (answer.ok) { return answer.json(); }
        if (answer.status >= 500) { throw new Error(String(answer.status)); }
        return answer.json().then(
          function (told) { throw refused(told.error); },
          function () { throw refused(say("没有封存，请重新打开这一页再试。", "It was not sealed. Please open this page again and retry.")); }
        );
      })
      .catch(function (error) {
        if (error.final || error.name === "AbortError" || tries <= 1) { throw error; }
        return new Promise(function (done) { window.setTimeout(done, WAIT); }).then(function () { return send(url, method, headers, body, tries - 1); });
      });
  }

  function seal(file, show) {
    var name = random(), pieces = Math.max(1, Math.ceil(file.size / PIECE));
    var headers = { "X-File-Token": name, "X-File-Size": String(file.size), "X-File-Name": encodeURIComponent(file.name) };
    function next(number) {
      show(number / pieces);
      if (number >= pieces) { return Promise.resolve(); }
      return send(address + "/" + name + "/" + (number + 1), "PUT", {}, file.slice(number * PIECE, (number + 1) * PIECE), TRIES)
        .then(function () { return next(number + 1); });
    }
    return send(address, "POST", headers, file.slice(0, PIECE), TRIES).then(function () { return next(1); });
  }

  /* ── the list, read anew; what is typed stays ───────────────────────────────────────────────────────────── */
  function refresh() {
    var list = document.getElementById("sealed-files"), unticked = {};
    list.querySelectorAll("input[name=files]").forEach(function (box) { if (!box.checked) { unticked[box.value] = true; } });
    return window.fetch(form.getAttribute("data-page"), { credentials: "same-origin" })
      .then(function (answer) { return answer.text(); })
      .then(function (text) {
        var page = new DOMParser().parseFromString(text, "text/html"), lacks = document.querySelector("[data-lacks]");
        var fresh = page.getElementById("sealed-files"), told = page.querySelector("[data-lacks]");
        if (fresh) { list.replaceWith(fresh); }
        if (lacks && told) { lacks.replaceWith(told); }
        document.querySelectorAll("#sealed-files input[name=files]").forEach(function (box) { if (unticked[box.value]) { box.checked = false; } });
      });
  }

  /* ── all that were chosen, one after the other ──────────────────────────────────────────────────────────── */
  function note() {
    var box = document.createElement("div"), text = document.createElement("p"), bar = document.createElement("progress"), cancel = document.createElement("button");
    form.querySelectorAll(".sending").forEach(function (old) { old.remove(); });
    box.className = "sending";
    box.setAttribute("role", "status");
    bar.max = 1;
    bar.setAttribute("aria-label", say("封存进度", "Progress of the sealing"));
    cancel.type = "button";
    cancel.className = "btn btn-quiet btn-sm mt-2";
    cancel.textContent = say("停止", "Stop");
    cancel.addEventListener("click", function () { stop.abort(); });
    box.append(text, bar, cancel);
    form.append(box);
    return { box: box, text: text, bar: bar, cancel: cancel };
  }

  function run(files) {
    var shown = note(), at = 0;
    busy = true;
    stop = new AbortController();
    button.disabled = true;
    field.value = "";
    function one() {
      var file = files[at];
      if (!file) { return Promise.resolve(); }
      shown.text.textContent = say("正在封存第 " + (at + 1) + " 份，一共 " + files.length + " 份。请不要关闭这一页。",
        "Sealing file " + (at + 1) + " of " + files.length + ". Please keep this page open.");
      if (file.size > most) { return Promise.reject(refused(say("太大，超过了一份投标的上限。", "it is larger than a bid may be."))); }
      return seal(file, function (part) { shown.bar.value = part; }).then(function () { at += 1; return one(); });
    }
    function end(text, wrong) {
      shown.bar.remove();
      shown.cancel.remove();
      shown.text.textContent = text;
      if (wrong) { shown.box.className = "sending notice is-late"; shown.box.setAttribute("role", "alert"); }
      busy = false;
      button.disabled = false;
      return refresh();
    }
    one().then(
      function () { return end(say("封存好了，一共 " + files.length + " 份。", files.length === 1 ? "Sealed: 1 file." : "Sealed: " + files.length + " files."), false); },
      function (error) {
        var name = files[at] ? files[at].name : "";
        if (error.name === "AbortError") { return end(say("已停止。没有传完的那一份不能提交，可以移除。", "Stopped. The file that was not sent to its end cannot be submitted; you may remove it."), true); }
        return end(say("“" + name + "”没有封存：", "“" + name + "” was not sealed: ") + (error.final ? error.message : say("网络断了，没有传完。请再选一次。", "the connection broke before its end. Please choose it again.")), true);
      }
    ).catch(function () { return null; });
  }

  field.addEventListener("change", function () { if (field.files.length && !busy) { run(Array.prototype.slice.call(field.files)); } });
  form.addEventListener("submit", function (event) { event.preventDefault(); if (!busy) { field.click(); } }, true);
  document.getElementById("bid").addEventListener("submit", function (event) {
    if (!busy) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    form.querySelector(".sending").scrollIntoView({ block: "center" });
  }, true);
}());
