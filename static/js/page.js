/* What scripts add to pages that work without them: a countdown, a task's progress, focus on the summary of errors. */
(function () {
  "use strict";

  var english = document.documentElement.lang === "en";

  function countdown(element) {
    var closes = Date.parse(element.getAttribute("datetime"));
    var server = Date.parse(document.body.getAttribute("data-now"));
    var started = Date.now();
    var note = document.createElement("span");
    note.className = "note";
    element.insertAdjacentElement("afterend", note);
    function show() {
      var left = closes - (server + (Date.now() - started));
      var minutes = Math.floor(left / 60000);
      var days = Math.floor(minutes / 1440);
      var hours = Math.floor((minutes % 1440) / 60);
      if (left <= 0) {
        note.textContent = english ? " closed" : " 已截止";
        return;
      }
      note.textContent = english
        ? " " + days + " d " + hours + " h " + (minutes % 60) + " min left"
        : " 还有 " + days + " 天 " + hours + " 小时 " + (minutes % 60) + " 分";
      window.setTimeout(show, 20000);
    }
    show();
  }

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

  document.querySelectorAll("[data-countdown]").forEach(countdown);
  document.querySelectorAll("[data-task]").forEach(follow);
  var summary = document.querySelector(".err-sum");
  if (summary) { summary.focus(); }

  /* A double click sends a form once. */
  document.querySelectorAll("form[method=post]").forEach(function (form) {
    form.addEventListener("submit", function () {
      window.setTimeout(function () {
        form.querySelectorAll("button").forEach(function (button) { button.disabled = true; });
      }, 0);
    });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form button").forEach(function (button) { button.disabled = false; });
  });
}());
