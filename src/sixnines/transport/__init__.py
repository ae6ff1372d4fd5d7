"""HTTP/1.1 to upstreams: our own lean client behind a two-class port."""
