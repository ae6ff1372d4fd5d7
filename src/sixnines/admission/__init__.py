"""Who may ask: keys now; limits and budgets later."""
