"""HTTP resources of the services, served to integrators by the gateway: requests and views, one module per owner."""
