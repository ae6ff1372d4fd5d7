"""The lab's earlier registry (providers.yaml, model-mappings.yaml and what lay beside them) to a config."""
