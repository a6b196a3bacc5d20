"""The register of organisations: registering oneself, being verified, and what anyone may look up."""
