"""What goes over the wire. What comes in forbids unknown fields; what goes out is the contract of docs/design.md."""
