"""How every Examhall service runs: settings, messages, state, health, telemetry. A library, never deployed."""
