"""Stand-in engines: what tests, demos and load runs use in place of Ollama, llama.cpp, vLLM, OpenAI and Anthropic.

`MockEngine` runs one inside the caller's event loop, `MockProcess` as its own process. Never part of the gateway:
nothing below `cli` imports this package.
"""
