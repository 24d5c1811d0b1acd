"""The wire format. Requests forbid unknown fields; responses are the contract in docs/contracts.md."""
