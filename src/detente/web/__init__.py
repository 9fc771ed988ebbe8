"""The explorer: a page on which one moves an assumption and sees the answer move, served to this machine alone.

The process that speaks HTTP knows neither jax nor xarray and starts at once; whatever is read, solved or drawn is a *job* of a
worker process (:mod:`detente.web.worker`), one for the scenarios named on the command line and those that come with detente, and
one, with limits, for texts that came in through the page. :mod:`detente.web.desk` hands jobs out: fairly, the latest of each page
first, and none that its page has thought better of.

Before the application stand the rules every request must pass (:mod:`detente.web.guard`), and what is answered without it: static
files, and what was sent before while it is imported (:mod:`detente.web.front`).

A view of its own plugs in with four parts:

- jobs: functions ``(shelf, request) -> Reply`` under ``@job("name")`` in a module listed in ``jobs.MODULES``;
- a router: a module with ``router`` (FastAPI) listed in ``app.VIEWS``; its pages are rendered with ``pages.page``, its data come
  from ``await desk(request).ask(...)``, and every page has a JSON twin under ``/api`` that the page itself reads;
- a template in ``assets/templates/web`` that extends ``base.html.j2``; all text is escaped, no script or style stands in it;
- scripts in ``assets/static/web``, ES modules that take what they share from ``core.js``, ``state.js`` and ``charts.js``.

Words stand in :mod:`detente.web.words`.
"""
