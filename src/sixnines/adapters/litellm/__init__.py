"""LiteLLM's config (docs.litellm.ai/docs/proxy/config_settings, version 1.108) to ours and back."""
