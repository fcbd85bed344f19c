"""A host in a container on this machine, and everything it takes to deploy to it: `make lab`, `make test`."""
