"""The HTTP interface: JSON in and out with the names of FORMATS, RFC 9457 problem documents, OpenAPI at /schema."""
