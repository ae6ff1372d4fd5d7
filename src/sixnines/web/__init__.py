"""The web page `/ui`: what an operator sees of his gateway with a browser, and what he does there."""
