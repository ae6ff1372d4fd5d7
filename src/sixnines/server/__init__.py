"""HTTP in: our protocol on asyncio and httptools, the router, and the one table from exception to error body."""
