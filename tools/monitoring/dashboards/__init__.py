"""The dashboards: one module each, and a line here."""

from monitoring.dashboards import availability, cost, overview, performance, providers, routing

BOARDS = (overview.BOARD, routing.BOARD, providers.BOARD, performance.BOARD, cost.BOARD, availability.BOARD)
